// The `ecs` format: Elastic Common Schema as flat dotted keys, one JSON object a line, our own fields below `tidegate.`.
import { faults } from '../../base/fault.ts'
import { fieldOf } from '../../http/fields.ts'
import type { CallTrace, CallView } from '../../observe/call-view.ts'
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
 * Encodes as ECS. Time, level and message stand first, as the logging schema of Elastic asks; what is the same for all requests of a
 * connection stands last, so that the fast twin can keep it. What an exchange does not have is left out.
 */
export function compileEcs(options: AccessLogOptions): Encoder {
  const timestamp = isoTimestamp()
  const redact = createRedactor(options.redact.query)
  const hideAgent = options.redact.headers.includes('user-agent')
  const about = compileAbout(options.service)
  return (call, outcome, wallTime) => {
    const { request } = call
    const { fault } = outcome
    const status = reportedStatus(outcome)
    const agent = fieldOf(request.head, USER_AGENT)
    const time = timestamp(wallTime)
    const [method, path] = [text(request.method), text(request.path)]
    let line = method === '' || path === '' ? startOfUnread(time, status, method, path) : startOf(time, status, method, path)
    if (request.query !== '') line += `","url.query":"${text(redact.query(request.query))}`
    if (agent !== undefined) line += `","user_agent.original":"${hideAgent ? REDACTED : text(agent)}`
    if (fault !== undefined) line += `","tidegate.fault":"${fault}`
    if (fault !== undefined || outcome.code !== '') {
      line += `","error.code":"${text(outcome.code || (fault as string))}`
      if (outcome.rule !== '') line += `","tidegate.rule":"${text(outcome.rule)}`
      const message = outcome.detail || (fault === undefined ? '' : faults[fault].title)
      if (message !== '') line += `","error.message":"${text(message)}`
    } else if (outcome.detail !== '') line += `","event.reason":"${text(outcome.detail)}`
    return line + idsOf(text(call.id), call.trace) + sizes(outcome) + durationsOf(outcome) + about(call, outcome, status)
  }
}

/** How a line begins: up to the path's end. `method` and `path` need no escaping any more. */
const startOf = (time: string, status: number, method: string, path: string): string =>
  `${openingOf(time, levelOf(status))}${method} ${path}${pathKeyOf(status)}${path}`

/** The same of a request that was refused before its method or its path was known. */
const startOfUnread = (time: string, status: number, method: string, path: string): string =>
  `${openingOf(time, levelOf(status))}${[method, path, status].filter((part) => part !== '').join(' ')}` +
  (path === '' ? '' : `","url.path":"${path}`)

/** Ids, after a text whose closing quote is still to come. `id` needs no escaping any more. */
const idsOf = (id: string, { traceId, spanId }: CallTrace): string =>
  (id === '' ? '' : `","http.request.id":"${id}`) + (traceId === '' ? '' : `","trace.id":"${traceId}","span.id":"${spanId}`)

/** Sizes and attempts, after a text whose closing quote is still to come. */
export function sizes({ requestBytes, responseBytes, attempts }: Outcome): string {
  const tries = attempts > 0 ? `,"tidegate.attempts":${attempts}` : ''
  return `","http.request.bytes":${requestBytes},"http.response.bytes":${responseBytes}${tries}`
}

/** How long it took, and the parts of that. */
export function durationsOf({ duration, queue, connect, firstByte, transfer }: Outcome): string {
  let parts = duration >= 0 ? `,"event.duration":${Math.round(duration * 1e6)}` : ''
  if (queue >= 0) parts += queue === 0 ? ',"tidegate.duration.queue":0.000' : `,"tidegate.duration.queue":${milliseconds(queue)}`
  if (connect >= 0) parts += `,"tidegate.duration.connect":${milliseconds(connect)}`
  if (firstByte >= 0) parts += `,"tidegate.duration.first_byte":${milliseconds(firstByte)}`
  if (transfer >= 0) parts += `,"tidegate.duration.transfer":${milliseconds(transfer)}`
  return parts
}

/** The end of a line: what depends on the client, the method, the status and the route alone. `service` is `service.name`. */
export function compileAbout(service: string): (call: CallView, outcome: Outcome, status: number) => string {
  const fixed = `,"ecs.version":"${ECS_VERSION}","service.name":"${text(service)}","event.dataset":"tidegate.access","event.outcome":"`
  const place = rememberPlaces(placeOf)
  return (call, outcome, status) => {
    const { request, client } = call
    const failed = outcome.fault !== undefined || status >= 400 || status === 0
    const code = status === 0 ? '' : `,"http.response.status_code":${status}`
    const method = request.method === '' ? '' : `,"http.request.method":"${text(request.method)}"`
    const domain = request.host === '' ? '' : `,"url.domain":"${text(domainOf(request.host))}"`
    const ends = `,"client.ip":"${text(client.address)}","source.ip":"${text(client.peer)}`
    return `${fixed}${failed ? 'failure' : 'success'}"${code}${method}${domain}${ends}${place(call, outcome)}"}\n`
  }
}

type Level = 'error' | 'info'

const levelOf = (status: number): Level => (status >= 500 || status === 0 ? 'error' : 'info')

/** What stands before the message's own words. */
export const openingOf = (time: string, level: Level): string => `{"@timestamp":"${time}","log.level":"${level}","message":"`

/** What stands between the path in the message and the path on its own. */
export const pathKeyOf = (status: number): string => ` ${status}","url.path":"`

/** Route, service and endpoint as they stand in a line; what is '' is left out. */
const placeOf = (route: string, to: string, endpoint: string): string =>
  (route === '' ? '' : `","tidegate.route":"${text(route)}`) +
  (to === '' ? '' : `","tidegate.service":"${text(to)}`) +
  (endpoint === '' ? '' : `","tidegate.endpoint":"${text(endpoint)}`)

/** The authority without its port; the brackets of an IPv6 address stay, as ECS asks. */
function domainOf(authority: string): string {
  const colon = authority.lastIndexOf(':')
  return colon < 0 || authority.endsWith(']') ? authority : authority.slice(0, colon)
}
