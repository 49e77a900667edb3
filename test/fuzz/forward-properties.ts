// What must hold between the two sides: what is forwarded is what was judged, and a service's bytes reach a client whole, as they were
// meant, or not at all.
import { seeded } from '../harness/seeded.ts'
import { canaryAnswer } from '../harness/service.ts'
import type { ServiceScript } from '../harness/service.ts'
import { readResponses, valueOf } from '../harness/strict-message.ts'
import type { StrictRequest } from '../harness/strict-message.ts'
import { decodeChunked } from './chunked-twin.ts'
import { ForwardSubject } from './forward-subject.ts'
import { split } from './generate.ts'
import { judge } from './properties.ts'
import type { Judged } from './subject.ts'

let subject = new ForwardSubject()

const honest: ServiceScript = {
  onRequest: ({ peer }) => peer.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'),
  onHead: ({ peer }, head) => {
    if (/^expect:/im.test(head)) peer.write('HTTP/1.1 100 Continue\r\n\r\n')
  },
}

// What the gateway adds behind the client's fields, in this order; x-forwarded-host unless the client named no host.
const ADDED =
  /^x-forwarded-for x-forwarded-proto( x-forwarded-host)? x-real-ip via cdn-loop traceparent(?: (?:transfer-encoding|content-length))?(?: expect)?(?: connection upgrade)?$/

/** `request`, which the service read, against what was decided about it. */
function compare(request: StrictRequest, judged: Judged): string {
  const [method, authority, path, query, length, upgrade, , , fields] = judged.head
  if (request.method !== method) return `method ${request.method}, not ${method}`
  const target = query === '' ? path : `${path}?${query}`
  if (request.target !== target) return `target ${request.target}, not ${target}`
  if (request.body !== judged.body) return `body ${JSON.stringify(request.body)}, not ${JSON.stringify(judged.body)}`
  const framing = length < 0 ? 'chunked' : request.framing === 'none' ? 'none' : 'length'
  if (request.framing !== framing || (length > 0 && framing === 'none')) return `framing ${request.framing}`
  const [host, ...others] = request.fields
  if (host?.[0] !== 'host' || host[1] !== (authority === '' ? '127.0.0.1:1' : authority)) return `host ${host?.join(': ')}`
  for (let i = 0; i < fields.length; i += 2) {
    const [name, value] = others.shift() ?? []
    if (name !== fields[i] || value !== fields[i + 1]) return `field ${name}: ${value}, not ${fields[i]}: ${fields[i + 1]}`
  }
  const added = others.map(([name]) => name).join(' ')
  const order = ADDED.exec(added)
  if (order === null || (order[1] === undefined) !== (authority === '')) return `added ${added}`
  return added.endsWith('upgrade') === upgrade ? '' : 'an upgrade that was not asked for, or none that was'
}

/** What a service gets re-parses strictly and equals what was judged, and nothing else reaches it, at any split. */
export function forwardedHolds(input: string, seed: number): string {
  const fin = seed % 3 === 0
  const judged = judge(input, fin)
  subject.begin(honest)
  const client = subject.client()
  for (const piece of seed % 2 === 0 ? [Buffer.from(input, 'latin1')] : split(seeded(seed), input)) {
    client.write(piece)
    subject.settle()
  }
  if (fin) client.end()
  subject.settle()
  const text = client.received
  const over = client.ended || client.closed !== undefined
  const { problems, requests, connections } = subject.service
  const hanging = connections.some(({ peer, requests: whole }) => peer.closed === undefined && !peer.ended && whole.length === 0)
  const methods = [...subject.answered]
  const kept = subject.finish()
  if (kept !== '') return kept
  if (problems.length > 0) return `no request: ${problems.join('; ')}`
  const whole = judged.judged.filter(({ ended }) => ended === 'whole')
  if (requests.length !== whole.length) return `${requests.length} requests forwarded, ${whole.length} judged whole`
  for (const [i, request] of requests.entries()) {
    const wrong = compare(request, whole[i] as Judged)
    if (wrong !== '') return wrong
  }
  // A request that was begun stays begun only as long as its client may still end it.
  if (hanging && over) return 'a request was begun at the service and left open'
  const { messages, rest, problem } = readResponses(text, methods, over)
  // A client whose body is still to come may have been told to send it.
  const waiting = !over && rest === 'HTTP/1.1 100 Continue\r\n\r\n'
  if ((rest !== '' && !waiting) || problem !== '') return `not a well-formed answer: ${problem} ${JSON.stringify(rest.slice(0, 200))}`
  const statuses = messages.map(({ status }) => status).join(' ')
  const wanted = readResponses(judged.text, judged.methods, judged.ended)
    .messages.map(({ status }) => status)
    .join(' ')
  return statuses === wanted ? '' : `answered ${statuses}, not ${wanted}`
}

/** The body that a service means by `raw`, by rules of its own; undefined when a strict reader would not say. */
function meant(raw: string, method: string): { status: number; body: string } | undefined {
  let text = raw
  for (;;) {
    const end = text.indexOf('\r\n\r\n')
    if (end < 0) return undefined
    const head = text.slice(0, end + 2)
    const rest = text.slice(end + 4)
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1])
    if (status < 200) {
      text = rest
      continue
    }
    if (method === 'HEAD' || status === 204 || status === 304) return { status, body: '' }
    if (/\r\ntransfer-encoding:/i.test(head)) {
      const decoded = decodeChunked(rest, { extension: 256, trailer: 65_536, fields: 256 })
      return decoded.verdict === 'done' ? { status, body: decoded.data } : undefined
    }
    const length = /\r\ncontent-length:[\t ]*(\d+)/i.exec(head)
    return { status, body: length === null ? rest : rest.slice(0, Number(length[1])) }
  }
}

interface Answered {
  /** What the client can tell: equal at every split. */
  readonly verdict: string
  readonly wrong: string
}

function answer(input: string, method: string, pieces: readonly Buffer[], fin: boolean): Answered {
  let hostile = true
  subject.begin({
    onRequest: ({ peer }, request) => {
      // The caller whose canary it is gets an honest answer wherever it comes out.
      if (!hostile || valueOf(request, 'x-canary') !== undefined) peer.write(canaryAnswer(request))
    },
  })
  const client = subject.client()
  client.write(`${method} /p HTTP/1.1\r\nHost: gw.test\r\n\r\n`)
  subject.settle()
  const [connection] = subject.service.connections
  if (connection === undefined) return { verdict: '', wrong: 'no connection to the service' }
  for (const piece of pieces) {
    connection.peer.write(piece)
    subject.settle()
  }
  if (fin) connection.peer.end()
  subject.settle()
  hostile = false
  const other = subject.client()
  other.write('GET /other HTTP/1.1\r\nHost: gw.test\r\nX-Canary: other\r\n\r\n')
  subject.settle()
  const { received: text, ended, closed } = client
  const gone = connection.peer.ended || connection.peer.closed !== undefined
  const bodies = readResponses(other.received, [], false).messages.map(({ body }) => body)
  const kept = subject.finish()
  if (kept !== '') return { verdict: '', wrong: kept }
  if (bodies.join() !== 'GET /other other') return { verdict: '', wrong: `another client got ${JSON.stringify(bodies)}` }
  const { messages, rest, problem } = readResponses(text, [method], false)
  if (problem !== '') return { verdict: '', wrong: `not a well-formed answer: ${problem}` }
  const cut = closed !== undefined && closed !== ''
  const [first] = messages
  const refused = cut || first?.status === 502
  if (messages.length > 1) return { verdict: '', wrong: `${messages.length} answers to one request` }
  if (first === undefined && ended && !cut) return { verdict: '', wrong: 'the connection was ended cleanly without a whole answer' }
  if (cut && first !== undefined && rest === '') return { verdict: '', wrong: 'cut behind a whole answer' }
  if (!refused && first !== undefined) {
    const right = meant(input, method)
    if (right?.status !== first.status || right.body !== first.body)
      return { verdict: '', wrong: `delivered ${first.status} ${JSON.stringify(first.body)}, not ${JSON.stringify(right)}` }
  }
  if (refused && !gone) return { verdict: '', wrong: 'the connection to the service was kept after a refusal' }
  // Behind a head that has left there is only a cut, before it a 502: which of them hangs on the split, and nothing else does.
  const told = refused ? 'refused' : first === undefined ? 'unfinished' : `${first.status} ${first.interim.length} ${first.body}`
  return { verdict: `${told}, service ${gone ? 'closed' : 'kept'}`, wrong: '' }
}

/** Whatever a service sends, at any split: one well-formed answer or a refusal, the body that was meant, and nobody else's harm. */
export function responsesHold(input: string, seed: number): string {
  const method = ['GET', 'GET', 'GET', 'HEAD', 'OPTIONS'][seed % 5] as string
  const fin = seed % 2 === 0
  const whole = answer(input, method, [Buffer.from(input, 'latin1')], fin)
  if (whole.wrong !== '') return whole.wrong
  const cut = answer(input, method, split(seeded(seed), input), fin)
  if (cut.wrong !== '') return `split: ${cut.wrong}`
  return cut.verdict === whole.verdict
    ? ''
    : `another verdict when split: ${whole.verdict.slice(0, 500)} became ${cut.verdict.slice(0, 500)}`
}

/** A subject that has thrown may be half-way through anything. */
export function renewForwardSubject(): void {
  subject = new ForwardSubject()
}

/** Ends what the properties share. */
export const endForwardSubject = (): Promise<void> => subject.end()
