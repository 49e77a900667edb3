// The `ecs` format straight into a batch's bytes: for the usual exchange, whose values need no escaping. Anything else is left to its slow
// twin (`ecs.ts`), and a test holds both to the same bytes. What is the same for all requests of a connection is kept as bytes and copied;
// the rest is one short text, because each crossing into native code costs as much as writing a hundred bytes, and numbers as digits.
import { writeLatin1 } from '../../base/latin1.ts'
import { ownString } from '../../base/own-string.ts'
import { fieldOf } from '../../http/fields.ts'
import type { CallView } from '../../observe/call-view.ts'
import { Client } from '../../observe/client.ts'
import { reportedStatus } from '../../observe/outcome.ts'
import type { Outcome } from '../../observe/outcome.ts'
import { writeInteger, writeKey, writeMilliseconds } from './digits.ts'
import { compileAbout, openingOf, pathKeyOf, sizes } from './ecs.ts'
import { USER_AGENT } from './encoder.ts'
import type { AccessLogOptions, ByteEncoder } from './encoder.ts'
import { isPlain } from './escape.ts'
import { isoTimestamp } from './numbers.ts'
import { createRedactor } from './redact.ts'

/** Room that a line surely has enough of without its path, query, user agent and id. */
const FIXED_MAX = 2_048
/** What of those a line may hold here; longer ones are rare and go the slow way. */
const VALUES_MAX = 2_048

/** The end of a connection's lines, and what it was made of. */
interface About {
  /** What made it: a reload makes another one. */
  readonly by: unknown
  readonly method: string
  readonly host: string
  readonly status: number
  readonly route: string
  readonly service: string
  readonly endpoint: string
  /** Undefined: it needs the slow way. */
  readonly bytes: Uint8Array | undefined
}

/** Compiles the fast twin of `compileEcs`. */
export function compileEcsBytes(options: AccessLogOptions): ByteEncoder {
  const timestamp = isoTimestamp()
  const redact = createRedactor(options.redact.query)
  const hideAgent = options.redact.headers.includes('user-agent')
  const about = compileAbout(options.service)
  const startOf = rememberStart()
  const sizesOf = rememberSizes()

  const aboutOf = (call: CallView, outcome: Outcome, status: number): Uint8Array | undefined => {
    const { client, request, routeName: route } = call
    const { service, endpoint } = outcome
    const { method, host } = request
    const known = client instanceof Client ? (client.logged as About | undefined) : undefined
    if (
      known !== undefined &&
      known.by === about &&
      known.status === status &&
      known.route === route &&
      known.service === service &&
      known.endpoint === endpoint &&
      known.method === method &&
      known.host === host
    )
      return known.bytes
    const text = about(call, outcome, status)
    const bytes = text.length > FIXED_MAX / 2 || /[^\n\x20-\x7e]/.test(text) ? undefined : Buffer.from(text, 'latin1')
    const made: About = { by: about, method, host: ownString(host), status, route, service, endpoint, bytes }
    if (client instanceof Client) client.logged = made
    return bytes
  }

  return (bytes, at, call, outcome, wallTime) => {
    const status = reportedStatus(outcome)
    // Failures are rare and say more: their lines are the slow twin's.
    if (status === 0 || status >= 400 || outcome.fault !== undefined || outcome.code !== '') return -1
    const { request, trace, id } = call
    const { path } = request
    // Masked first: that can make it longer.
    const query = redact.query(request.query)
    const agent = fieldOf(request.head, USER_AGENT)
    if (hideAgent && agent !== undefined) return -1
    const values = path.length * 2 + query.length + (agent?.length ?? 0) + id.length
    if (values > VALUES_MAX || at + FIXED_MAX + values > bytes.length) return -1
    if (path === '' || !isPlain(path) || !isPlain(id) || (agent !== undefined && !isPlain(agent))) return -1
    const same = aboutOf(call, outcome, status)
    if (same === undefined) return -1
    let line = startOf(timestamp(wallTime), request.method) + path + (pathKeys[status] ??= pathKeyOf(status)) + path
    if (query !== '') {
      if (!isPlain(query)) return -1
      line += `","url.query":"${query}`
    }
    if (agent !== undefined) line += `","user_agent.original":"${agent}`
    if (id !== '') line += `","http.request.id":"${id}`
    if (trace.traceId !== '') line += `","trace.id":"${trace.traceId}","span.id":"${trace.spanId}`
    let end = at + writeLatin1(bytes, line, at)
    end = writeKey(bytes, end, sizesOf(outcome))
    end = writeDurations(bytes, end, outcome)
    bytes.set(same, end)
    return end + same.length
  }
}

// Pieces of a line that are often what they were in the line before: each of them is one text instead of many, in fewer places in memory.

/** How a line begins, up to the path in the message. It changes once a millisecond. What failed has come no further than the slow twin. */
function rememberStart(): (time: string, method: string) => string {
  let [lastTime, lastMethod, text] = ['', '', '']
  return (time, method) => {
    if (time === lastTime && method === lastMethod) return text
    lastTime = time
    lastMethod = method
    return (text = `${openingOf(time, 'info')}${method} `)
  }
}

const pathKeys: string[] = []

function rememberSizes(): (outcome: Outcome) => Uint8Array {
  let [requestBytes, responseBytes, attempts, bytes] = [-1, -1, -1, Buffer.of()]
  return (outcome) => {
    if (outcome.responseBytes === responseBytes && outcome.requestBytes === requestBytes && outcome.attempts === attempts) return bytes
    ;({ requestBytes, responseBytes, attempts } = outcome)
    return (bytes = Buffer.from(sizes(outcome)))
  }
}

const keys = {
  duration: Buffer.from(',"event.duration":'),
  queue: Buffer.from(',"tidegate.duration.queue":'),
  connect: Buffer.from(',"tidegate.duration.connect":'),
  firstByte: Buffer.from(',"tidegate.duration.first_byte":'),
  transfer: Buffer.from(',"tidegate.duration.transfer":'),
}

/** `durationsOf` of the slow twin as bytes; returns where they end. */
function writeDurations(bytes: Buffer, at: number, { duration, queue, connect, firstByte, transfer }: Outcome): number {
  let end = at
  if (duration >= 0) end = writeInteger(bytes, writeKey(bytes, end, keys.duration), Math.round(duration * 1e6))
  if (queue >= 0) end = writeMilliseconds(bytes, writeKey(bytes, end, keys.queue), queue)
  if (connect >= 0) end = writeMilliseconds(bytes, writeKey(bytes, end, keys.connect), connect)
  if (firstByte >= 0) end = writeMilliseconds(bytes, writeKey(bytes, end, keys.firstByte), firstByte)
  if (transfer >= 0) end = writeMilliseconds(bytes, writeKey(bytes, end, keys.transfer), transfer)
  return end
}
