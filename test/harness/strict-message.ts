// HTTP/1.1 messages read slowly and strictly from whole text (RFC 9112), by regular expressions and none of the engine's code: what the
// engine writes must pass here, on either side. Text is latin1, one character a byte.

export interface StrictMessage {
  readonly line: string
  /** In order; names lower-case. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly framing: 'none' | 'length' | 'chunked' | 'close'
  readonly body: string
  readonly trailers: readonly (readonly [name: string, value: string])[]
}

export interface StrictRequest extends StrictMessage {
  readonly method: string
  readonly target: string
}

export interface StrictResponse extends StrictMessage {
  readonly status: number
  readonly interim: readonly StrictMessage[]
}

/** What a stretch of bytes holds: whole messages, what is left behind them, and what is wrong with it ('' when it is only unfinished). */
export interface Transcript<T> {
  readonly messages: readonly T[]
  readonly rest: string
  readonly problem: string
}

const NAME = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+"
const VALUE = '(?:[\\x21-\\x7e\\x80-\\xff](?:[\\t \\x21-\\x7e\\x80-\\xff]*[\\x21-\\x7e\\x80-\\xff])?)?'
const FIELD = new RegExp(`^(${NAME}):[\\t ]*(${VALUE})[\\t ]*$`)
const REQUEST_LINE = new RegExp(`^(${NAME}) (\\*|/[\\x21\\x23-\\x7e]*) HTTP/1\\.1$`)
const STATUS_LINE = /^HTTP\/1\.1 ([1-5]\d\d) [\t \x21-\x7e\x80-\xff]*$/
const LENGTH = /^(?:0|[1-9][0-9]{0,15})$/
// Written by the gateway: no extensions, no leading zeros, one spelling.
const CHUNK = /^([0-9a-f]{1,14})\r\n/

class Malformed extends Error {}

/** The value of every field called `name`. */
export const valuesOf = (message: StrictMessage, name: string): string[] =>
  message.fields.filter(([key]) => key === name).map(([, value]) => value)

/** The only value of `name`; undefined when there is none or more than one. */
export function valueOf(message: StrictMessage, name: string): string | undefined {
  const values = valuesOf(message, name)
  return values.length === 1 ? values[0] : undefined
}

interface Head {
  readonly line: string
  readonly fields: (readonly [string, string])[]
  readonly size: number
}

function readFields(lines: readonly string[]): (readonly [string, string])[] {
  return lines.map((line) => {
    const field = FIELD.exec(line)
    if (field === null) throw new Malformed(`field line ${JSON.stringify(line)}`)
    return [(field[1] as string).toLowerCase(), field[2] as string] as const
  })
}

function readHead(text: string, at: number): Head | undefined {
  const end = text.indexOf('\r\n\r\n', at)
  if (end < 0) return undefined
  const [line, ...lines] = text.slice(at, end).split('\r\n')
  return { line: line as string, fields: readFields(lines), size: end + 4 - at }
}

function onlyValue(fields: Head['fields'], name: string): string | undefined {
  const values = fields.filter(([key]) => key === name)
  if (values.length > 1) throw new Malformed(`${name} twice`)
  return values[0]?.[1]
}

interface Body {
  readonly framing: StrictMessage['framing']
  readonly body: string
  readonly trailers: Head['fields']
  readonly size: number
}

/** The body by its framing fields; undefined when it is not whole yet. `close`: without any, it ends with the connection. */
function readBody(text: string, at: number, fields: Head['fields'], close: boolean, ended: boolean): Body | undefined {
  const coding = onlyValue(fields, 'transfer-encoding')
  const length = onlyValue(fields, 'content-length')
  if (coding !== undefined) {
    if (length !== undefined) throw new Malformed('Content-Length beside Transfer-Encoding')
    if (coding !== 'chunked') throw new Malformed(`Transfer-Encoding ${coding}`)
    return readChunks(text, at)
  }
  if (length !== undefined) {
    if (!LENGTH.test(length)) throw new Malformed(`Content-Length ${length}`)
    const size = Number(length)
    return text.length - at < size ? undefined : { framing: 'length', body: text.slice(at, at + size), trailers: [], size }
  }
  if (!close) return { framing: 'none', body: '', trailers: [], size: 0 }
  return ended ? { framing: 'close', body: text.slice(at), trailers: [], size: text.length - at } : undefined
}

function readChunks(text: string, start: number): Body | undefined {
  let at = start
  let body = ''
  for (;;) {
    const line = CHUNK.exec(text.slice(at, at + 20))
    if (line === null) {
      if (/^[0-9a-f]{0,14}\r?$/.test(text.slice(at))) return undefined
      throw new Malformed(`chunk size ${JSON.stringify(text.slice(at, at + 20))}`)
    }
    at += line[0].length
    const size = Number.parseInt(line[1] as string, 16)
    if (size === 0) break
    if (text.length < at + size + 2) return undefined
    body += text.slice(at, at + size)
    if (text.slice(at + size, at + size + 2) !== '\r\n') throw new Malformed('chunk data without its CR LF')
    at += size + 2
  }
  if (text.slice(at, at + 2) === '\r\n') return { framing: 'chunked', body, trailers: [], size: at + 2 - start }
  const end = text.indexOf('\r\n\r\n', at)
  if (end < 0) return undefined
  return { framing: 'chunked', body, trailers: readFields(text.slice(at, end).split('\r\n')), size: end + 4 - start }
}

/** Calls `read` from one message to the next until there is no whole one any more. */
function readAll<T>(text: string, read: (at: number, index: number) => { message: T; size: number } | undefined): Transcript<T> {
  const messages: T[] = []
  let at = 0
  try {
    while (at < text.length) {
      const next = read(at, messages.length)
      if (next === undefined) break
      messages.push(next.message)
      at += next.size
    }
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    return { messages, rest: text.slice(at), problem: error.message }
  }
  return { messages, rest: text.slice(at), problem: '' }
}

/** Requests as a service gets them. */
export function readRequests(text: string): Transcript<StrictRequest> {
  return readAll(text, (at) => {
    const head = readHead(text, at)
    if (head === undefined) return undefined
    const line = REQUEST_LINE.exec(head.line)
    if (line === null) throw new Malformed(`request line ${JSON.stringify(head.line)}`)
    if (onlyValue(head.fields, 'host') === undefined) throw new Malformed('no Host')
    const body = readBody(text, at + head.size, head.fields, false, false)
    if (body === undefined) return undefined
    const message: StrictRequest = { line: head.line, method: line[1] as string, target: line[2] as string, fields: head.fields, ...body }
    return { message, size: head.size + body.size }
  })
}

/** True when `text`, what a service got on one connection, begins a request that is not whole. */
export const isCutRequest = (text: string): boolean => readRequests(text).rest !== ''

/** The head that an unfinished request at the end of `text` has, when that at least is whole. */
export function unfinishedHead(text: string): Head | undefined {
  const { rest } = readRequests(text)
  return readHead(rest, 0)
}

/**
 * Responses as a client gets them, to requests by these methods, in order; for more answers than methods GET is taken. `ended`: the
 * connection's FIN has come, so that a body without a length is whole.
 */
export function readResponses(text: string, methods: readonly string[], ended: boolean): Transcript<StrictResponse> {
  return readAll(text, (start, index) => {
    let at = start
    const interim: StrictMessage[] = []
    for (;;) {
      const head = readHead(text, at)
      if (head === undefined) return undefined
      const line = STATUS_LINE.exec(head.line)
      if (line === null) throw new Malformed(`status line ${JSON.stringify(head.line)}`)
      const status = Number(line[1])
      at += head.size
      if (status < 200 && status !== 101) {
        interim.push({ line: head.line, fields: head.fields, framing: 'none', body: '', trailers: [] })
        continue
      }
      const bodiless = methods[index] === 'HEAD' || status === 204 || status === 304 || status === 101
      const none: Body = { framing: 'none', body: '', trailers: [], size: 0 }
      const body = bodiless ? none : readBody(text, at, head.fields, true, ended)
      if (body === undefined) return undefined
      return { message: { line: head.line, status, fields: head.fields, interim, ...body }, size: at + body.size - start }
    }
  })
}
