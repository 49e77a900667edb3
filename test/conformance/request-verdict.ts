// What became of one message of the request corpus, and whether that is one of the outcomes which its case allows.
import { readResponses, valueOf, valuesOf } from '../harness/strict-message.ts'
import type { StrictRequest } from '../harness/strict-message.ts'
import type { RequestCase } from './corpus.ts'

export interface RequestObservation {
  /** Everything that the client got. */
  readonly text: string
  /** The gateway ended the connection. */
  readonly ended: boolean
  /** Whole requests that the service got, the test's own left out. */
  readonly requests: readonly StrictRequest[]
  /** What of the service's bytes was no request. */
  readonly problems: readonly string[]
  /** A service connection is open on which a request was begun and not ended. */
  readonly hanging: boolean
}

/** The verdict in one line: equal for every split. */
export const outcomeOf = (seen: RequestObservation, method: string): string => {
  const { messages, rest, problem } = readResponses(seen.text, [method], seen.ended)
  const statuses = messages.map((message) => message.status).join(' ')
  return `${statuses || 'nothing'}${problem === '' && rest === '' ? '' : ` + ${problem || 'unfinished'}`}${seen.ended ? ' end' : ''}, ${seen.requests.length} forwarded`
}

export const methodOf = (raw: string): string => /^(?:\r\n)?([!-~]+) /.exec(raw)?.[1] ?? 'GET'

const fits = (status: number, wanted: string): boolean =>
  wanted.split('|').some((one) => (one.endsWith('xx') ? String(status).startsWith(one[0] as string) && String(status).length === 3 : String(status) === one))

/** What is wrong; '' when nothing is. */
export function judgeRequest(one: RequestCase, seen: RequestObservation): string {
  const { messages, rest, problem } = readResponses(seen.text, [methodOf(one.raw)], seen.ended)
  if (problem !== '' || rest !== '') return `not a well-formed answer: ${problem} ${JSON.stringify(rest.slice(0, 300))}`
  if (seen.problems.length > 0) return `the service got what is no request: ${seen.problems.join('; ')}`
  if (seen.hanging) return 'a request was begun at the service, never ended, and its connection is open'
  const statuses = messages.map((message) => message.status)
  for (const message of messages) {
    const closes = valuesOf(message, 'connection').includes('close')
    // What was read without fault and only leads nowhere does not cost the connection.
    if (message.status >= 400 && message.status !== 404 && message.status !== 405 && !closes) return `${message.status} without Connection: close`
    if (closes && !seen.ended) return `${message.status} said close, and the connection is open`
  }
  const failures = [one.expect, ...(one.alt ?? [])].map((expected, i) => failure(one, expected, i === 0, statuses, seen))
  return failures.includes('') ? '' : `${statuses.join(' ') || 'nothing'}: ${failures.join('; ')}`
}

function failure(one: RequestCase, expected: string, strict: boolean, statuses: readonly number[], seen: RequestObservation): string {
  const forwarded = seen.requests.length
  if (expected === 'close') return statuses.length === 0 && seen.ended && forwarded === 0 ? '' : 'not closed without an answer'
  if (expected.startsWith('reject-')) {
    const wanted = strict ? one.responses : [expected.slice('reject-'.length)]
    const as = statuses.length === wanted.length && wanted.every((status, i) => fits(statuses[i] as number, status))
    if (!as) return `not ${expected}`
    return forwarded <= (strict ? one.upstreamMax : 0) ? '' : `${expected}, but ${forwarded} requests reached the service`
  }
  const wanted = strict ? one.responses : ['2xx']
  const as = statuses.length === wanted.length && wanted.every((status, i) => fits(statuses[i] as number, status))
  if (!as) return `not ${wanted.join(' ')}`
  if (forwarded > Math.max(one.upstreamMax, 1)) return `${forwarded} requests reached the service`
  const delivered = seen.requests[0]
  // `OPTIONS *` asks about the server: its case says that the gateway may answer it itself.
  if (delivered === undefined) return one.raw.startsWith('OPTIONS * ') ? '' : 'nothing reached the service'
  return sameBody(one.raw, delivered)
}

/** The first message's body, decoded by hand, must be what was delivered. */
function sameBody(raw: string, delivered: StrictRequest): string {
  const text = raw.replace(/^\r\n/, '')
  const end = text.indexOf('\r\n\r\n')
  const head = text.slice(0, end + 2)
  const rest = text.slice(end + 4)
  const length = /\r\ncontent-length:[\t ]*(\d+)/i.exec(head)
  let body = ''
  if (/\r\ntransfer-encoding:/i.test(head)) for (let at = 0; ; ) {
    const line = /^([0-9a-f]+)[^\r]*\r\n/i.exec(rest.slice(at))
    const size = Number.parseInt(line?.[1] ?? '0', 16)
    if (line === null || size === 0) break
    at += line[0].length
    body += rest.slice(at, at + size)
    at += size + 2
  }
  else if (length !== null) body = rest.slice(0, Number(length[1]))
  if (delivered.body !== body) return `the service got the body ${JSON.stringify(delivered.body.slice(0, 200))}`
  return body !== '' && valueOf(delivered, 'content-length') === undefined && delivered.framing === 'none' ? 'a body without framing' : ''
}
