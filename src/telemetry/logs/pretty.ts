// The `pretty` format: one short line for people at a terminal, in the order in which one reads: when, what came of it, what was asked, where it
// went, how long it took, and after a failure what was wrong.
import { faults } from '../../base/fault.ts'
import { reportedStatus } from '../../observe/outcome.ts'
import type { Outcome } from '../../observe/outcome.ts'
import type { AccessLogOptions, Encoder } from './encoder.ts'
import { escapeTerminal, escapeWord as word } from './escape.ts'
import { milliseconds, timeOfDay } from './numbers.ts'
import { createRedactor } from './redact.ts'

/** Encodes for reading; in colour only where it is asked for: who reads may be a file. */
export function compilePretty({ redact: { query: names }, colour = false, hint }: AccessLogOptions): Encoder {
  const timestamp = timeOfDay()
  const redact = createRedactor(names)
  return (call, outcome, wallTime) => {
    const { request, client, routeName, id } = call
    const query = request.query === '' ? '' : `?${word(redact.query(request.query))}`
    const status = reportedStatus(outcome)
    const target = word(request.host) + word(request.path) + query
    let line = `${timestamp(wallTime)} ${painted(status, colour)} ${word(request.method) || '-'} ${target || '-'}`
    if (routeName !== '') line += ` route ${word(routeName)}`
    if (outcome.service !== '') line += ` service ${word(outcome.service)}`
    if (outcome.endpoint !== '') line += ` at ${word(outcome.endpoint)}`
    if (outcome.attempts > 1) line += ` in ${outcome.attempts} attempts`
    if (outcome.duration >= 0) line += ` ${milliseconds(outcome.duration)}ms`
    line += ` ${outcome.responseBytes}B from ${word(client.address)}`
    line += failureOf(outcome)
    const help = outcome.fault === undefined ? '' : (hint?.(call, outcome) ?? '')
    if (help !== '') line += ` (${escapeTerminal(help)})`
    // The id is what a client reports a failure with; a good answer is not looked up by it.
    if (outcome.fault !== undefined || status >= 500) line += ` id ${word(id)}`
    return `${line}\n`
  }
}

/** The policy and its code, or the fault and what it means. */
function failureOf({ fault, code, rule, detail }: Outcome): string {
  let text = ''
  if (fault !== undefined) text += fault === 'refused' && rule !== '' ? ` refused by ${word(rule)}` : ` fault ${fault}`
  if (fault !== undefined && fault !== 'refused' && rule !== '') text += ` in ${word(rule)}`
  if (code !== '') text += ` code ${word(code)}`
  const said = detail || (fault === undefined || code !== '' ? '' : faults[fault].title)
  if (said !== '') text += ` "${escapeTerminal(said)}"`
  return text
}

const GREEN = 32
const CYAN = 36
const YELLOW = 33
const RED = 31

function painted(status: number, colour: boolean): string {
  const text = status === 0 ? '---' : String(status)
  if (!colour) return text
  const code = status === 0 || status >= 500 ? RED : status >= 400 ? YELLOW : status >= 300 ? CYAN : GREEN
  return `\x1b[${code}m${text}\x1b[0m`
}
