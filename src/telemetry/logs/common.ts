// The `common` format: NCSA's seven fields, as Apache and nginx write them. `combined` adds two.
import { reportedStatus } from '../../observe/outcome.ts'
import type { AccessLogOptions, Encoder } from './encoder.ts'
import { escapeQuoted, escapeWord } from './escape.ts'
import { commonTimestamp } from './numbers.ts'
import { createRedactor } from './redact.ts'

/** As Apache and nginx spell it: HTTP/2 has a minor version here. */
const PROTOCOLS = { '1.0': 'HTTP/1.0', '1.1': 'HTTP/1.1', '2': 'HTTP/2.0' } as const

/** Encodes as common log format: client, `-`, `-`, time, request line, status, bytes of the response. */
export function compileCommon(options: AccessLogOptions): Encoder {
  const line = commonLine(options)
  return (call, outcome, wallTime) => `${line(call, outcome, wallTime)}\n`
}

/** The line without its newline, for `combined` to go on. */
export function commonLine(options: AccessLogOptions): Encoder {
  const timestamp = commonTimestamp()
  const redact = createRedactor(options.redact.query)
  return ({ request, client }, outcome, wallTime) => {
    const query = request.query === '' ? '' : `?${escapeQuoted(redact.query(request.query))}`
    const target = `${escapeQuoted(request.path)}${query}`
    // What could not be read is a dash, so that the line has its parts; a request line of which nothing could be is one dash, as in nginx.
    const asked =
      request.method === '' && target === ''
        ? '-'
        : `${escapeQuoted(request.method) || '-'} ${target || '-'} ${PROTOCOLS[request.version ?? '1.1']}`
    const status = reportedStatus(outcome)
    return `${escapeWord(client.address) || '-'} - - [${timestamp(wallTime)}] "${asked}" ${status === 0 ? '-' : status} ${outcome.responseBytes}`
  }
}
