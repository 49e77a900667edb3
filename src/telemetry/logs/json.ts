// The `json` format: the same facts as `ecs` under short names, one JSON object a line; durations are milliseconds.
import { faults } from '../../base/fault.ts'
import { fieldOf } from '../../http/fields.ts'
import { reportedStatus } from '../../observe/outcome.ts'
import { USER_AGENT } from './encoder.ts'
import type { AccessLogOptions, Encoder } from './encoder.ts'
import { escapeJson as text } from './escape.ts'
import { isoTimestamp, milliseconds } from './numbers.ts'
import { rememberPlaces } from './place.ts'
import { createRedactor, REDACTED } from './redact.ts'

/** Encodes as plain JSON. What an exchange does not have is left out. */
export function compileJson(options: AccessLogOptions): Encoder {
  const timestamp = isoTimestamp()
  const redact = createRedactor(options.redact.query)
  const hideAgent = options.redact.headers.includes('user-agent')
  const place = rememberPlaces(
    (route, service, endpoint) =>
      (route === '' ? '' : `","route":"${text(route)}`) +
      (service === '' ? '' : `","service":"${text(service)}`) +
      (endpoint === '' ? '' : `","endpoint":"${text(endpoint)}`),
  )
  return (call, outcome, wallTime) => {
    const { request, client, trace } = call
    const agent = fieldOf(request.head, USER_AGENT)
    let line = `{"time":"${timestamp(wallTime)}`
    if (request.method !== '') line += `","method":"${text(request.method)}`
    if (request.host !== '') line += `","host":"${text(request.host)}`
    if (request.path !== '') line += `","path":"${text(request.path)}`
    if (request.query !== '') line += `","query":"${text(redact.query(request.query))}`
    const address = text(client.address)
    line += `","client":"${address}","peer":"${client.peer === client.address ? address : text(client.peer)}`
    if (agent !== undefined) line += `","userAgent":"${hideAgent ? REDACTED : text(agent)}`
    if (call.id !== '') line += `","requestId":"${text(call.id)}`
    if (trace.traceId !== '') line += `","traceId":"${trace.traceId}","spanId":"${trace.spanId}`
    line += place(call, outcome)
    if (outcome.fault !== undefined) line += `","fault":"${outcome.fault}`
    if (outcome.code !== '') line += `","code":"${text(outcome.code)}`
    if (outcome.rule !== '') line += `","rule":"${text(outcome.rule)}`
    const detail = outcome.detail || (outcome.fault === undefined ? '' : faults[outcome.fault].title)
    if (detail !== '') line += `","detail":"${text(detail)}`
    line += `","status":${reportedStatus(outcome)},"requestBytes":${outcome.requestBytes},"responseBytes":${outcome.responseBytes}`
    if (outcome.attempts > 0) line += `,"attempts":${outcome.attempts}`
    if (outcome.duration >= 0) line += `,"duration":${milliseconds(outcome.duration)}`
    if (outcome.queue >= 0) line += `,"queue":${milliseconds(outcome.queue)}`
    if (outcome.connect >= 0) line += `,"connect":${milliseconds(outcome.connect)}`
    if (outcome.firstByte >= 0) line += `,"firstByte":${milliseconds(outcome.firstByte)}`
    if (outcome.transfer >= 0) line += `,"transfer":${milliseconds(outcome.transfer)}`
    return `${line}}\n`
  }
}
