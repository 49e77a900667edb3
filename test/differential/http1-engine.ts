// What the engine makes of a client's bytes, and of a service's: both readers in memory, without a clock.
import { ManualClock } from '../../src/base/clock.ts'
import { ClientConnection } from '../../src/http1/client-connection.ts'
import type { ConnectionOwner } from '../../src/http1/client-connection.ts'
import type { Http1Response } from '../../src/http1/parse-response.ts'
import type { ResponseHandler } from '../../src/http1/response-input.ts'
import type { Fields } from '../../src/http/message.ts'
import { Flusher } from '../../src/net/flusher.ts'
import { MemoryNetwork, memoryWires } from '../../src/net/memory-wire.ts'
import { Wheel } from '../../src/net/wheel.ts'
import { Subject } from '../fuzz/subject.ts'
import { MemoryPeer } from '../harness/peer.ts'
import { lengthOf, pairs } from './http1-verdict.ts'
import type { Reading } from './http1-verdict.ts'

/** Reads requests; one for any number of connections, one after the other. */
export class RequestReader {
  #subject = new Subject()

  /** The requests in `raw`, sent at once on a connection of its own, with FIN behind it if `fin`. */
  read(raw: string, fin: boolean): Reading[] {
    const { judged, ended: over } = this.#subject.send([Buffer.from(raw, 'latin1')], fin)
    return judged.map(({ head: [method, authority, path, query, length, , , , fields], body, ended }) => ({
      start: `${method} ${query === '' ? path : `${path}?${query}`} ${authority}`,
      framing: length < 0 ? 'chunked' : lengthOf(length),
      fields: pairs(fields),
      body,
      // A body that nothing was wrong with until the connection was taken away from under it.
      state: ended === 'whole' ? 'whole' : over ? 'broken' : 'open',
    }))
  }

  end(): Promise<void> {
    return this.#subject.end()
  }
}

/** Waits for one answer and keeps it. */
class Answer implements ResponseHandler {
  readonly method: string
  readonly upgrade: boolean
  reading: Reading | undefined = undefined
  #interim = 0

  constructor(method: string, upgrade: boolean) {
    this.method = method
    this.upgrade = upgrade
  }

  #begin(head: Http1Response, framing: string, state: Reading['state']): void {
    this.reading = { start: `${head.status} after ${this.#interim}`, framing, fields: pairs(head.fields), body: '', state }
  }
  #change(change: Partial<Reading>): void {
    if (this.reading !== undefined) this.reading = { ...this.reading, ...change }
  }

  onInterim(): void {
    this.#interim++
  }
  onHead(head: Http1Response, endStream: boolean): void {
    const framing = head.chunked ? 'chunked' : head.bodyLength < 0 ? 'close' : lengthOf(head.bodyLength)
    this.#begin(head, endStream ? 'none' : framing, endStream ? 'whole' : 'open')
  }
  onData(bytes: Buffer, start: number, end: number): boolean {
    this.#change({ body: (this.reading?.body ?? '') + bytes.latin1Slice(start, end) })
    return true
  }
  onEnd(_trailers: Fields | undefined): void {
    this.#change({ state: 'whole' })
  }
  onUpgrade(head: Http1Response): void {
    this.#begin(head, 'none', 'whole')
  }
  onFault(): void {
    this.#change({ state: 'broken' })
  }
  onDue(): number {
    return Infinity
  }
  onSend(): void {}
  onFlush(): void {}
  onDrain(): void {}
}

/** Nobody waits for the check phase: it is told to come. */
class NoFlusher extends Flusher {
  override add(): void {}
}

const owner: ConnectionOwner = { onConnected() {}, onIdle() {}, onDead() {} }
const wheel = new Wheel(new ManualClock())
const flusher = new NoFlusher()

/** The answer in `raw` to a request by `method`, with FIN behind it if `fin`; nothing when its head is refused or not whole. */
export function readAnswer(raw: string, method: string, upgrade: boolean, fin: boolean): Reading[] {
  const network = new MemoryNetwork({ automatic: false })
  const service = new MemoryPeer()
  const connection = new ClientConnection(owner, wheel, flusher)
  const { outgoing, incoming } = memoryWires(network, connection, service)
  connection.wire = outgoing
  service.wire = incoming
  network.run()
  const answer = new Answer(method, upgrade)
  connection.send(answer, `${method} /p HTTP/1.1\r\nHost: gw.test\r\n\r\n`, false, false)
  connection.onCheck()
  network.run()
  service.write(raw)
  network.run()
  if (fin) service.end()
  network.run()
  const { reading } = answer
  service.reset()
  network.run()
  return reading === undefined ? [] : [reading]
}
