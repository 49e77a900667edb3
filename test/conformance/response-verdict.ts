// What a client saw of one message of the response corpus, and whether that is one of the outcomes which its case allows.
import { readResponses } from '../harness/strict-message.ts'
import type { ResponseCase } from './corpus.ts'

export interface ResponseObservation {
  /** Everything that the client got. */
  readonly text: string
  /** The gateway ended the connection with FIN. */
  readonly ended: boolean
  /** Or with a reset: what came before it is not to be believed. */
  readonly cut: boolean
  /** The service's connection can carry no further request. */
  readonly gone: boolean
}

/** How the case's message reads to a lenient client: status, body and fields of the final response, as far as they are whole. */
interface Meant {
  readonly status: number
  readonly body: string
}

function meant(one: ResponseCase): Meant {
  let text = one.raw.replace(/^\r\n/, '')
  for (;;) {
    const status = Number(/^HTTP\/\d\.\d (\d{3})/.exec(text)?.[1])
    const end = text.indexOf('\r\n\r\n')
    const head = text.slice(0, end + 2)
    const rest = text.slice(end + 4)
    if (status < 200 && rest !== '') {
      text = rest
      continue
    }
    if (one.method === 'HEAD' || status === 204 || status === 304) return { status, body: '' }
    const length = /\r\ncontent-length:[\t ]*(\d+)/i.exec(head)
    if (!/\r\ntransfer-encoding:/i.test(head)) return { status, body: rest.slice(0, Number(length?.[1] ?? rest.length)) }
    const size = Number.parseInt(rest, 16)
    const at = rest.indexOf('\r\n') + 2
    return { status, body: rest.slice(at, at + size) }
  }
}

/**
 * The verdict in one line: equal for every split. What is malformed behind its head is a 502 as long as the head has not been sent, a cut
 * afterwards; where a case allows both they count as one.
 */
export function outcomeOf(one: ResponseCase, seen: ResponseObservation): string {
  const { messages, rest, problem } = readResponses(seen.text, [one.method], seen.ended && !seen.cut)
  const unfinished = rest !== '' || problem !== ''
  const allowed = [one.expect, ...(one.alt ?? [])]
  const refused = unfinished || messages[0] === undefined || messages[0].status === 502
  if (refused && allowed.includes('502') && allowed.includes('close')) return `refused, service ${seen.gone ? 'closed' : 'kept'}`
  return `${messages.map(({ status }) => status).join(' ') || 'nothing'}${unfinished ? ' then cut short' : ''}, service ${seen.gone ? 'closed' : 'kept'}`
}

/** What is wrong; '' when nothing is. */
export function judgeResponse(one: ResponseCase, seen: ResponseObservation): string {
  const { messages, rest, problem } = readResponses(seen.text, [one.method], seen.ended && !seen.cut)
  if (problem !== '') return `not a well-formed answer: ${problem}`
  const over = seen.ended || seen.cut
  const [first] = messages
  if (messages.length > 1) return `${messages.length} answers to one request`
  if (rest !== '' && !over) return 'an answer that is neither ended nor cut short'
  const failures = [one.expect, ...(one.alt ?? [])].map((expected) => {
    if (expected === '502') return first?.status === 502 && rest === '' ? '' : 'not 502'
    if (expected === 'close') return first === undefined && over ? '' : 'not cut short'
    const wanted = meant(one)
    if (first === undefined || rest !== '') return 'not forwarded'
    if (first.status !== wanted.status || first.body !== wanted.body) return `forwarded as ${first.status} ${JSON.stringify(first.body.slice(0, 200))}`
    return ''
  })
  if (!failures.includes('')) return `${outcomeOf(one, seen)}: ${failures.join('; ')}`
  if (!one.reuse && !seen.gone) return 'the connection to the service was kept'
  if (one.reuse && failures[0] === '' && seen.gone) return 'the connection to the service was not kept'
  for (const [name] of first?.fields ?? []) if (/^(?:x-internal|keep-alive|proxy-authenticate|x-evil)$/.test(name)) return `${name} was passed on`
  return ''
}
