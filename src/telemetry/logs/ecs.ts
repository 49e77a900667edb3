// The `ecs` format: Elastic Common Schema as flat dotted keys, one JSON object a line, our own fields below `tidegate.`.
import { faults } from '../../base/fault.ts'
import { fieldOf } from '../../http/fields.ts'
import type { CallView } from '../../observe/call-view.ts'
import { reportedStatus } from '../../observe/outcome.ts'
import type { Outcome } from '../../observe/outcome.ts'
import { USER_AGENT } from './encoder.ts'
import type { AccessLogOptions, Encoder } from './encoder.ts'
import { escapeJson as text } from './escape.ts'
import { isoTimestamp, milliseconds } from './numbers.ts'
import { rememberPlaces } from './place.ts'
import { createRedactor, REDACTED } from './redact.ts'

/** The version of the schema that the lines keep to. */
export const ECS_VERSION = '8.17.0'

/**
 * Encodes as ECS. What an exchange does not have is left out. What is the same for all requests of a connection stands first, so that the
 * fast twin can keep it.
 */
export function compileEcs(options: AccessLogOptions): Encoder {
  const timestamp = isoTimestamp()
  const redact = createRedactor(options.redact.query)
  const hideAgent = options.redact.headers.includes('user-agent')
  const place = rememberPlaces(placeOf)
  const prefix = compilePrefix(options.service)
  return (call, outcome, wallTime) => {
    const { request, trace } = call
    const { fault } = outcome
    const status = reportedStatus(outcome)
    const path = text(request.path)
    const agent = fieldOf(request.head, USER_AGENT)
    let line = `${prefix(call, outcome, status)}${place(call, outcome)}","@timestamp":"${timestamp(wallTime)}","message":"${text(request.method)} ${path} ${status}","url.path":"${path}`
    if (request.query !== '') line += `","url.query":"${text(redact.query(request.query))}`
    if (agent !== undefined) line += `","user_agent.original":"${hideAgent ? REDACTED : text(agent)}`
    if (call.id !== '') line += `","http.request.id":"${text(call.id)}`
    if (trace.traceId !== '') line += `","trace.id":"${trace.traceId}","span.id":"${trace.spanId}`
    if (fault !== undefined) line += `","tidegate.fault":"${fault}`
    if (fault !== undefined || outcome.code !== '') {
      line += `","error.code":"${text(outcome.code || (fault as string))}`
      const message = outcome.detail || (fault === undefined ? '' : faults[fault].title)
      if (message !== '') line += `","error.message":"${text(message)}`
    }
    line += `","http.request.bytes":${outcome.requestBytes},"http.response.bytes":${outcome.responseBytes}`
    if (outcome.attempts > 0) line += `,"tidegate.attempts":${outcome.attempts}`
    if (outcome.duration >= 0) line += `,"event.duration":${Math.round(outcome.duration * 1e6)}`
    if (outcome.queue >= 0) line += `,"tidegate.duration.queue":${milliseconds(outcome.queue)}`
    if (outcome.connect >= 0) line += `,"tidegate.duration.connect":${milliseconds(outcome.connect)}`
    if (outcome.firstByte >= 0) line += `,"tidegate.duration.first_byte":${milliseconds(outcome.firstByte)}`
    if (outcome.transfer >= 0) line += `,"tidegate.duration.transfer":${milliseconds(outcome.transfer)}`
    return `${line}}\n`
  }
}

/** The beginning of a line: what depends on the client, the method and the status alone. `service` is `service.name`. */
export function compilePrefix(service: string): (call: CallView, outcome: Outcome, status: number) => string {
  const fixed = `","ecs.version":"${ECS_VERSION}","service.name":"${text(service)}","event.dataset":"tidegate.access","event.outcome":"`
  return ({ request, client }, { fault }, status) => {
    const failed = fault !== undefined || status >= 400 || status === 0
    const code = status === 0 ? '' : `"http.response.status_code":${status},`
    const domain = request.host === '' ? '' : `","url.domain":"${text(domainOf(request.host))}`
    const ends = `","client.ip":"${text(client.address)}","source.ip":"${text(client.peer)}`
    return `{${code}"log.level":"${status >= 500 || status === 0 ? 'error' : 'info'}${fixed}${failed ? 'failure' : 'success'}","http.request.method":"${text(request.method)}${domain}${ends}`
  }
}

/** Route, service and endpoint as they stand in a line; what is '' is left out. */
export const placeOf = (route: string, to: string, endpoint: string): string =>
  (route === '' ? '' : `","tidegate.route":"${text(route)}`) +
  (to === '' ? '' : `","tidegate.service":"${text(to)}`) +
  (endpoint === '' ? '' : `","tidegate.endpoint":"${text(endpoint)}`)

/** The authority without its port; the brackets of an IPv6 address stay, as ECS asks. */
function domainOf(authority: string): string {
  const colon = authority.lastIndexOf(':')
  return colon < 0 || authority.endsWith(']') ? authority : authority.slice(0, colon)
}
