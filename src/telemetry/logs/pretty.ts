// The `pretty` format: one short line for people at a terminal, in the order in which one reads: when, what came of it, what was asked, how long.
import { reportedStatus } from '../../observe/outcome.ts'
import type { AccessLogOptions, Encoder } from './encoder.ts'
import { escapeTerminal, escapeWord as word } from './escape.ts'
import { milliseconds, timeOfDay } from './numbers.ts'
import { createRedactor } from './redact.ts'

/** Encodes for reading. No colours: who reads may be a file. */
export function compilePretty(options: AccessLogOptions): Encoder {
  const timestamp = timeOfDay()
  const redact = createRedactor(options.redact.query)
  return ({ request, client, routeName, id }, outcome, wallTime) => {
    const query = request.query === '' ? '' : `?${word(redact.query(request.query))}`
    const status = reportedStatus(outcome)
    const target = word(request.host) + word(request.path) + query
    let line = `${timestamp(wallTime)} ${status === 0 ? '---' : status} ${word(request.method) || '-'} ${target || '-'}`
    if (outcome.duration >= 0) line += ` ${milliseconds(outcome.duration)}ms`
    line += ` ${outcome.responseBytes}B from ${word(client.address)}`
    if (routeName !== '') line += ` route ${word(routeName)}`
    if (outcome.service !== '') line += ` service ${word(outcome.service)}`
    if (outcome.endpoint !== '') line += ` at ${word(outcome.endpoint)}`
    if (outcome.attempts > 1) line += ` in ${outcome.attempts} attempts`
    if (outcome.fault !== undefined) line += ` fault ${outcome.fault}`
    if (outcome.code !== '') line += ` code ${word(outcome.code)}`
    if (outcome.detail !== '') line += ` "${escapeTerminal(outcome.detail)}"`
    // The id is what a client reports a failure with; a good answer is not looked up by it.
    if (outcome.fault !== undefined || status >= 500) line += ` id ${word(id)}`
    return `${line}\n`
  }
}
