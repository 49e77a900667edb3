// The `ecs` format straight into a batch's bytes: for the usual exchange, whose values need no escaping. Anything else is left to its slow
// twin (`ecs.ts`), and a test holds both to the same bytes. A line as text is a rope of thirty pieces that must be built, flattened and
// copied; here each byte is written once.
import { fieldOf } from '../../http/fields.ts'
import { reportedStatus } from '../../observe/outcome.ts'
import type { Outcome } from '../../observe/outcome.ts'
import type { CallClient, CallView } from '../../observe/call-view.ts'
import { ownString } from '../../base/own-string.ts'
import { compilePrefix, placeOf } from './ecs.ts'
import { USER_AGENT } from './encoder.ts'
import type { AccessLogOptions, ByteEncoder } from './encoder.ts'
import { isoTimestamp } from './numbers.ts'
import { createRedactor } from './redact.ts'

/** Room that a line surely has enough of without its path, query and user agent. */
const FIXED_MAX = 2_048
/** What of those three a line may hold here; longer ones are rare and go the slow way. */
const VALUES_MAX = 2_048

/** 1 for what stands in a JSON string as it is: visible ASCII but for `"` and `\`, and space. */
const PLAIN = new Uint8Array(128)
for (let code = 0x20; code < 0x7f; code++) PLAIN[code] = code === 0x22 || code === 0x5c ? 0 : 1

/** Text that never changes, four bytes at a time: writing single bytes costs three times as much. */
interface Constant {
  readonly words: Uint32Array
  readonly rest: Uint8Array
}

function constant(text: string): Constant {
  const bytes = Buffer.from(text, 'latin1')
  const count = bytes.length >> 2
  const words = Uint32Array.from({ length: count }, (_, i) => bytes.readUInt32LE(i * 4))
  return { words, rest: Uint8Array.from(bytes.subarray(count * 4)) }
}

/** `.000` to `.999`, each as one word. */
const FRACTIONS = Uint32Array.from({ length: 1_000 }, (_, i) => Buffer.from(`.${String(i).padStart(3, '0')}`).readUInt32LE())

/** A position in bytes that are being written; `plain` turns false at the first character that would need escaping. */
class Cursor {
  bytes: Uint8Array = new Uint8Array(0)
  view: DataView = new DataView(new ArrayBuffer(0))
  at = 0
  plain = true

  begin(bytes: Uint8Array, at: number): void {
    if (bytes !== this.bytes) {
      this.bytes = bytes
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    }
    this.at = at
    this.plain = true
  }

  constant({ words, rest }: Constant): void {
    const { view } = this
    let { at } = this
    for (let i = 0; i < words.length; i++) {
      view.setUint32(at, words[i] as number, true)
      at += 4
    }
    for (let i = 0; i < rest.length; i++) view.setUint8(at++, rest[i] as number)
    this.at = at
  }

  text(value: string): void {
    const { view } = this
    let { at } = this
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i)
      if (code > 0x7e || PLAIN[code] === 0) {
        this.plain = false
        return
      }
      view.setUint8(at++, code)
    }
    this.at = at
  }

  /** What is known to need no escaping and is long enough for a native copy. */
  block(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.at)
    this.at += bytes.length
  }

  /** A whole number from 0 to 2^53 − 1. */
  integer(value: number): void {
    // Whole numbers of 32 bits are divided as such, which costs a third.
    if (value > 0x7fff_ffff) return this.text(String(value))
    const { view } = this
    let rest = value | 0
    let digits = 1
    for (let limit = 10; rest >= limit && digits < 10; limit *= 10) digits++
    const start = this.at
    for (let i = start + digits - 1; i >= start; i--) {
      const next = (rest / 10) | 0
      view.setUint8(i, 0x30 + (rest - next * 10))
      rest = next
    }
    this.at = start + digits
  }

  /** Milliseconds with three decimals, as `numbers.ts` has them. */
  milliseconds(value: number): void {
    const micros = Math.round(value * 1_000)
    const whole = Math.floor(micros / 1_000)
    this.integer(whole)
    this.view.setUint32(this.at, FRACTIONS[micros - whole * 1_000] as number, true)
    this.at += 4
  }
}

const TIMESTAMP = constant('","@timestamp":"')
const MESSAGE = constant('","message":"')
const SPACE = constant(' ')
const PATH = constant('","url.path":"')
const QUERY = constant('","url.query":"')
const AGENT = constant('","user_agent.original":"')
const ID = constant('","http.request.id":"')
const TRACE = constant('","trace.id":"')
const SPAN = constant('","span.id":"')
const REQUEST_BYTES = constant('","http.request.bytes":')
const RESPONSE_BYTES = constant(',"http.response.bytes":')
const ATTEMPTS = constant(',"tidegate.attempts":')
const DURATION = constant(',"event.duration":')
const QUEUE = constant(',"tidegate.duration.queue":')
const CONNECT = constant(',"tidegate.duration.connect":')
const FIRST_BYTE = constant(',"tidegate.duration.first_byte":')
const TRANSFER = constant(',"tidegate.duration.transfer":')
const END = constant('}\n')

/** The beginning of a connection's lines, and what it was made of. */
interface Beginning {
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
  const prefix = compilePrefix(options.service)
  const cursor = new Cursor()
  // A connection's client is one object for as long as it stays the same client.
  const beginnings = new WeakMap<CallClient, Beginning>()

  const beginningOf = (call: CallView, outcome: Outcome, status: number): Uint8Array | undefined => {
    const { client, request, routeName: route } = call
    const { service, endpoint } = outcome
    const { method } = request
    const known = beginnings.get(client)
    if (
      known !== undefined &&
      known.status === status &&
      known.route === route &&
      known.service === service &&
      known.endpoint === endpoint &&
      known.method === method &&
      known.host === request.host
    )
      return known.bytes
    const text = prefix(call, outcome, status) + placeOf(route, service, endpoint)
    const bytes = text.length > FIXED_MAX / 2 || /[^\x20-\x7e]/.test(text) ? undefined : Buffer.from(text, 'latin1')
    beginnings.set(client, { method, host: ownString(request.host), status, route, service, endpoint, bytes })
    return bytes
  }

  return (bytes, at, call, outcome, wallTime) => {
    const status = reportedStatus(outcome)
    // Failures are rare and say more: their lines are the slow twin's.
    if (status === 0 || status >= 400 || outcome.fault !== undefined || outcome.code !== '') return -1
    const { request, trace, id } = call
    const { path, query } = request
    const agent = fieldOf(request.head, USER_AGENT)
    if (hideAgent && agent !== undefined) return -1
    const values = path.length * 2 + query.length + (agent?.length ?? 0) + id.length
    if (values > VALUES_MAX || at + FIXED_MAX + values > bytes.length) return -1
    const beginning = beginningOf(call, outcome, status)
    if (beginning === undefined) return -1
    cursor.begin(bytes, at)
    cursor.block(beginning)
    cursor.constant(TIMESTAMP)
    cursor.text(timestamp(wallTime))
    cursor.constant(MESSAGE)
    cursor.text(request.method)
    cursor.constant(SPACE)
    cursor.text(path)
    cursor.constant(SPACE)
    cursor.integer(status)
    cursor.constant(PATH)
    cursor.text(path)
    if (query !== '') {
      cursor.constant(QUERY)
      cursor.text(redact.query(query))
    }
    if (agent !== undefined) {
      cursor.constant(AGENT)
      cursor.text(agent)
    }
    if (id !== '') {
      cursor.constant(ID)
      cursor.text(id)
    }
    if (trace.traceId !== '') {
      cursor.constant(TRACE)
      cursor.text(trace.traceId)
      cursor.constant(SPAN)
      cursor.text(trace.spanId)
    }
    cursor.constant(REQUEST_BYTES)
    cursor.integer(outcome.requestBytes)
    cursor.constant(RESPONSE_BYTES)
    cursor.integer(outcome.responseBytes)
    if (outcome.attempts > 0) {
      cursor.constant(ATTEMPTS)
      cursor.integer(outcome.attempts)
    }
    writeDurations(cursor, outcome)
    cursor.constant(END)
    return cursor.plain ? cursor.at : -1
  }
}

function writeDurations(cursor: Cursor, outcome: Outcome): void {
  const { duration, queue, connect, firstByte, transfer } = outcome
  if (duration >= 0) {
    cursor.constant(DURATION)
    cursor.integer(Math.round(duration * 1e6))
  }
  if (queue >= 0) {
    cursor.constant(QUEUE)
    cursor.milliseconds(queue)
  }
  if (connect >= 0) {
    cursor.constant(CONNECT)
    cursor.milliseconds(connect)
  }
  if (firstByte >= 0) {
    cursor.constant(FIRST_BYTE)
    cursor.milliseconds(firstByte)
  }
  if (transfer >= 0) {
    cursor.constant(TRANSFER)
    cursor.milliseconds(transfer)
  }
}
