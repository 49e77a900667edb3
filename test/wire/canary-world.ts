// Many callers with canaries, a service that does what it should not, and chance: one run is one seed. A caller may see its own canaries
// only, in the order of its requests; a request that is not idempotent reaches the service once; in the end nobody waits.
import type { MemoryPeer } from '../harness/peer.ts'
import { seeded } from '../harness/seeded.ts'
import type { Random } from '../harness/seeded.ts'
import { SteppedStage } from '../harness/stepped-stage.ts'
import { readRequests, readResponses, valueOf } from '../harness/strict-message.ts'
import type { StrictRequest } from '../harness/strict-message.ts'

/** Everybody waits on a connection of its own; shares them with others; or shares them, and answers name their request. */
export type Sharing = 'off' | 'on' | 'echo'

interface CallerState {
  readonly peer: MemoryPeer
  /** What it has asked for, in order. */
  readonly asked: { readonly canary: string; readonly method: string }[]
  /** The rest of a request that has left in part. */
  unsent: string
  left: boolean
  /** Something has come since it was judged last. */
  fresh: boolean
}

interface Upstream {
  readonly peer: MemoryPeer
  text: string
  /** Whole requests without an answer. */
  readonly pending: StrictRequest[]
  /** The rest of an answer that has left in part. */
  unsent: string
  /** What follows that answer in a write of its own, before anybody can have used the connection again. */
  tail: string
  /** A body that no answer may have: it still comes, before `until`. */
  late: { readonly bytes: string; readonly until: number } | undefined
}

const CALLERS = 6
const POISON = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\nX-Canary: poison\r\n\r\npoison'
const ECHO = 'x-echo'

export class CanaryWorld {
  readonly problems: string[] = []
  /** Requests that came to the service, answers that callers got, and faults that were drawn. */
  readonly count = { requests: 0, answers: 0, refusals: 0, faults: 0 }
  #random: Random
  #sharing: Sharing
  #stage: SteppedStage
  #callers: CallerState[] = []
  #upstreams: Upstream[] = []
  #unsafe = new Set<string>()
  #next = 0

  constructor(seed: number, sharing: Sharing) {
    this.#random = seeded(seed)
    this.#sharing = sharing
    const pipelining = { depth: sharing === 'off' ? 1 : 4, echo: sharing === 'echo' ? ECHO : undefined }
    this.#stage = new SteppedStage((peer) => this.#accept(peer), { connections: { pipelining } })
  }

  /** Lets `steps` things happen, then everything end. */
  run(steps: number): void {
    for (let i = 0; i < steps && this.problems.length === 0; i++) this.#step()
    this.#finish()
  }

  #step(): void {
    const random = this.#random
    const roll = random.below(100)
    if (roll < 40) this.#ask()
    else if (roll < 88) this.#answer()
    else if (roll < 91) this.#stage.advance(random.of([10, 60, 120, 1_100]))
    else if (roll < 93) this.#leave()
    else if (roll < 96) this.#breakUpstream()
    else this.#speakUnasked()
    // Several things may happen in one turn.
    if (random.oneIn(3)) return
    if (random.oneIn(8)) this.#stage.poll()
    else this.#stage.settle()
    for (const caller of this.#callers) this.#check(caller, false)
  }

  // --- callers ---

  #ask(): void {
    const random = this.#random
    let caller = random.of(this.#callers.filter(({ left, peer }) => !left && peer.closed === undefined && !peer.ended)) as
      | CallerState
      | undefined
    if (caller === undefined || (this.#callers.filter(({ left }) => !left).length < CALLERS && random.oneIn(2))) {
      const made: CallerState = { peer: this.#stage.client(), asked: [], unsent: '', left: false, fresh: false }
      made.peer.onChange = () => (made.fresh = true)
      this.#callers.push(made)
      caller = made
    }
    let text = caller.unsent
    if (text === '') {
      const canary = `c${this.#next++}-${Math.floor(random.next() * 2 ** 32).toString(36)}E`
      const method = random.of(['GET', 'GET', 'GET', 'GET', 'OPTIONS', 'HEAD', 'POST', 'DELETE'])
      const body = method === 'POST' ? 'x'.repeat(random.below(20)) : ''
      const conditional = random.oneIn(10) ? 'If-None-Match: "x"\r\n' : ''
      const length = method === 'POST' ? `Content-Length: ${body.length}\r\n` : ''
      text = `${method} /${canary} HTTP/1.1\r\nHost: gw.test\r\nX-Canary: ${canary}\r\n${conditional}${length}\r\n${body}`
      caller.asked.push({ canary, method })
    }
    const cut = random.oneIn(4) ? random.below(text.length) : text.length
    caller.unsent = text.slice(cut)
    caller.peer.write(text.slice(0, cut))
  }

  #leave(): void {
    const caller = this.#random.of(this.#callers) as CallerState | undefined
    if (caller === undefined || caller.left) return
    caller.left = true
    if (this.#random.oneIn(2)) caller.peer.reset()
    else caller.peer.destroy()
  }

  /** Judges what a caller has got so far. */
  #check(caller: CallerState, last: boolean): void {
    const { peer, asked } = caller
    if (!caller.fresh && !last) return
    caller.fresh = false
    const text = peer.received
    for (const [canary] of text.matchAll(/\bc\d+-[0-9a-z]+E|poison/g))
      if (!asked.some((one) => one.canary === canary))
        return void this.problems.push(`${asked.map((one) => one.canary).join()} got ${canary}`)
    const { messages, problem } = readResponses(text, asked.map(({ method }) => method), peer.ended) // prettier-ignore
    if (problem !== '') return void this.problems.push(`malformed: ${problem}`)
    if (messages.length > asked.length) return void this.problems.push(`${messages.length} answers to ${asked.length} requests`)
    for (const [i, message] of messages.entries()) {
      const canary = valueOf(message, 'x-canary')
      if (canary === undefined ? message.status < 400 : canary !== asked[i]?.canary)
        return void this.problems.push(`request ${i} (${asked[i]?.canary}) got ${message.status} ${canary}`)
    }
    if (!last || caller.left) return
    const refusals = messages.filter((message) => valueOf(message, 'x-canary') === undefined).length
    this.count.answers += messages.length - refusals
    this.count.refusals += refusals
    const whole = asked.length - (caller.unsent === '' ? 0 : 1)
    if (messages.length < whole && peer.closed === undefined && !peer.ended)
      this.problems.push(`${messages.length} answers to ${whole} requests, and the connection stands`)
  }

  // --- the service ---

  #accept(peer: MemoryPeer): void {
    const upstream: Upstream = { peer, text: '', pending: [], unsent: '', tail: '', late: undefined }
    this.#upstreams.push(upstream)
    peer.onChunk = (chunk) => {
      const { messages, rest, problem } = readRequests(upstream.text + chunk.latin1Slice())
      upstream.text = rest
      if (problem !== '') this.problems.push(`the service got ${problem}`)
      for (const request of messages) {
        this.count.requests++
        upstream.pending.push(request)
        const canary = valueOf(request, 'x-canary') ?? ''
        if (request.method !== 'POST') continue
        if (this.#unsafe.has(canary)) this.problems.push(`${canary} was sent twice`)
        this.#unsafe.add(canary)
      }
    }
  }

  #live(): Upstream[] {
    return this.#upstreams.filter(({ peer }) => peer.closed === undefined && !peer.ended)
  }

  #answer(): void {
    const random = this.#random
    const upstream = random.of(this.#live().filter((one) => one.pending.length > 0 || one.unsent !== '' || one.late !== undefined)) as
      | Upstream
      | undefined
    if (upstream === undefined) return
    const { peer, pending, late } = upstream
    if (late !== undefined && upstream.unsent === '') {
      upstream.late = undefined
      if (this.#stage.now <= late.until) peer.write(late.bytes)
      return
    }
    let bytes = upstream.unsent
    let whole = false
    if (bytes === '') {
      const request = pending.shift() as StrictRequest
      const wrong = random.oneIn(8)
      bytes = wrong ? this.#wrong(upstream, request) : right(request, random.oneIn(3))
      // Without an echo nobody can tell surplus bytes from the answer of whoever was sent in between.
      whole = wrong && this.#sharing === 'on'
    }
    const cut = !whole && random.oneIn(3) ? random.below(bytes.length) : bytes.length
    upstream.unsent = bytes.slice(cut)
    peer.write(bytes.slice(0, cut))
    if (upstream.unsent !== '' || upstream.tail === '') return
    peer.write(upstream.tail)
    upstream.tail = ''
  }

  /** An answer to `request` that breaks a rule. What no reader could tell is left out where others wait behind it. */
  #wrong(upstream: Upstream, request: StrictRequest): string {
    this.count.faults++
    const random = this.#random
    const whole = right(request, false)
    const alone = upstream.pending.length === 0
    const faults: (() => string)[] = [
      () => `HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${whole}`,
      () => `HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc`,
      () => `HTTP/1.1 200 OK\r\nX: \0\r\n\r\n`,
      () => `HTTP/1.1 200 OK\r\nX-Canary: ${valueOf(request, 'x-canary')}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
      () => whole.replace('\r\n', '\r\nConnection: close\r\n'),
      () => `HTTP/1.1 204 No Content\r\nX-Canary: ${valueOf(request, 'x-canary')}\r\n\r\n`,
    ]
    if (alone) {
      // Bytes behind an answer, in one read with it or in the next.
      faults.push(() => whole + POISON, () => { upstream.tail = POISON
return whole }) // prettier-ignore
      // A body where none may be, within the time that the connection rests for it.
      const late = (): void => void (upstream.late = { bytes: POISON, until: this.#stage.now + 90 })
      faults.push(() => { late(); return `HTTP/1.1 304 Not Modified\r\nX-Canary: ${valueOf(request, 'x-canary')}\r\n\r\n` }) // prettier-ignore
      if (request.method === 'HEAD') faults.push(() => { late(); return whole }, () => whole + POISON) // prettier-ignore
      // Less than it said, and silence.
      if (this.#sharing === 'off')
        faults.push(() => `HTTP/1.1 200 OK\r\nContent-Length: 50\r\nX-Canary: ${valueOf(request, 'x-canary')}\r\n\r\nshort`)
    }
    // The answer of the next one in the place of this one.
    const [next] = upstream.pending
    if (this.#sharing === 'echo' && next !== undefined && valueOf(request, ECHO) !== undefined) faults.push(() => right(next, false))
    return random.of(faults)()
  }

  #breakUpstream(): void {
    const upstream = this.#random.of(this.#live()) as Upstream | undefined
    if (upstream === undefined) return
    this.count.faults++
    if (this.#random.oneIn(2)) upstream.peer.reset()
    else upstream.peer.destroy()
  }

  /** Bytes on a connection that nobody waits on. */
  #speakUnasked(): void {
    this.#stage.settle()
    const upstream = this.#random.of(
      this.#live().filter(({ pending, text, unsent }) => pending.length === 0 && text === '' && unsent === ''),
    ) as Upstream | undefined
    if (upstream === undefined) return
    this.count.faults++
    upstream.peer.write(POISON)
  }

  #finish(): void {
    this.#stage.settle()
    // Every deadline passes, those of second attempts included.
    for (let i = 0; i < 12; i++) this.#stage.advance(31_000)
    for (const caller of this.#callers) this.#check(caller, true)
    for (const { peer } of this.#callers) peer.reset()
    this.#stage.settle()
    for (const { peer } of this.#upstreams) peer.reset()
    this.#stage.settle()
    const kept = this.#stage.kept()
    if (kept !== '') this.problems.push(kept)
    void this.#stage.end()
  }
}

/** What a right service answers: the canary in a field and in the body, the echo where it was asked for. */
function right(request: StrictRequest, chunked: boolean): string {
  const canary = valueOf(request, 'x-canary')
  const echo = valueOf(request, ECHO)
  const body = `${request.method} ${canary}`
  const framing = chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`
  const head = `HTTP/1.1 200 OK\r\nX-Canary: ${canary}\r\n${echo === undefined ? '' : `X-Echo: ${echo}\r\n`}${framing}\r\n\r\n`
  if (request.method === 'HEAD') return head
  return chunked ? `${head}${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n` : head + body
}
