// The `common` format: NCSA's seven fields, as Apache and nginx write them. `combined` adds two.
import { reportedStatus } from '../../observe/outcome.ts'
import type { AccessLogOptions, Encoder } from './encoder.ts'
import { escapeQuoted, escapeWord } from './escape.ts'
import { commonTimestamp } from './numbers.ts'
import { createRedactor } from './redact.ts'

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
    const status = reportedStatus(outcome)
    return `${escapeWord(client.address) || '-'} - - [${timestamp(wallTime)}] "${escapeQuoted(request.method) || '-'} ${escapeQuoted(request.path)}${query} HTTP/${request.version ?? '1.1'}" ${status === 0 ? '-' : status} ${outcome.responseBytes}`
  }
}
