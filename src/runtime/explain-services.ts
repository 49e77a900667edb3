// Services that are nowhere: whatever the data plane dials is answered in memory with an empty 200, so that a request that is explained
// leaves the process by no way.
import { type MemoryNetwork, MemoryWire } from '../net/memory-wire.ts'
import type { Wire, WireHandler } from '../net/wire.ts'
import type { Dialer } from '../upstream/dial.ts'

/** What a service got. */
export interface ServiceSaw {
  readonly method: string
  /** Path and query, the endpoint's base path included. */
  readonly target: string
  readonly host: string
}

const HEAD_END = '\r\n\r\n'

export class StandInServices implements Dialer {
  /** The last request; undefined after `forget` until one comes. */
  saw: ServiceSaw | undefined = undefined
  readonly #network: MemoryNetwork
  readonly #answer: string

  /** `status`: of every answer. */
  constructor(network: MemoryNetwork, status = 200) {
    this.#network = network
    this.#answer = `HTTP/1.1 ${status} OK\r\ncontent-length: 0\r\n\r\n`
  }

  forget(): void {
    this.saw = undefined
  }

  /** Every name is taken as it is: nobody looks it up. */
  knows(): boolean {
    return true
  }

  dial(_host: string, _port: number, handler: WireHandler): Wire {
    const outgoing = new MemoryWire(this.#network, handler)
    const service = new StandIn(this.#answer, (saw) => (this.saw = saw))
    const incoming = new MemoryWire(this.#network, service)
    service.wire = incoming
    MemoryWire.join(outgoing, incoming)
    return outgoing
  }
}

/** One connection: reads whole requests, as the gateway writes them, and answers each. */
class StandIn implements WireHandler {
  wire: Wire | undefined = undefined
  readonly #answer: string
  readonly #tell: (saw: ServiceSaw) => void
  #text = ''
  #continued = false

  constructor(answer: string, tell: (saw: ServiceSaw) => void) {
    this.#answer = answer
    this.#tell = tell
  }

  onData(chunk: Buffer): void {
    this.#text += chunk.toString('latin1')
    for (let end = this.#whole(); end !== -1; end = this.#whole()) {
      const [method = '', target = ''] = this.#text.split(' ', 2)
      const host = /\r\nhost: ([^\r]*)/.exec(this.#text)?.[1] ?? ''
      this.#text = this.#text.slice(end)
      this.#continued = false
      this.#tell({ method, target, host })
      this.wire?.writeText(this.#answer)
    }
  }

  /** Where the first request ends; -1 while it is not whole. What comes is framed by the gateway itself. */
  #whole(): number {
    const text = this.#text
    const head = text.indexOf(HEAD_END)
    if (head === -1) return -1
    const start = head + HEAD_END.length
    const fields = text.slice(0, head)
    if (!this.#continued && /\r\nexpect: 100-continue/.test(fields)) {
      this.#continued = true
      this.wire?.writeText('HTTP/1.1 100 Continue\r\n\r\n')
    }
    if (/\r\ntransfer-encoding: chunked/.test(fields)) {
      const last = text.startsWith('0\r\n', start) ? start : text.indexOf('\r\n0\r\n', start)
      const end = last === -1 ? -1 : text.indexOf(HEAD_END, last)
      return end === -1 ? -1 : end + HEAD_END.length
    }
    const length = Number(/\r\ncontent-length: ([0-9]+)/.exec(fields)?.[1] ?? 0)
    return text.length >= start + length ? start + length : -1
  }

  onEnd(): void {
    this.wire?.end()
  }
  onConnect(): void {}
  onDrain(): void {}
  onClose(): void {}
}
