// The engine between a client and a service that fuzzing plays both: one thread, no clock, every byte and every check phase by hand.
import { ManualClock } from '../../src/base/clock.ts'
import { Flusher } from '../../src/net/flusher.ts'
import type { Checked } from '../../src/net/flusher.ts'
import { MemoryNetwork } from '../../src/net/memory-wire.ts'
import { Wheel } from '../../src/net/wheel.ts'
import { Gateway } from '../harness/gateway.ts'
import { connectMemory } from '../harness/peer.ts'
import type { MemoryPeer } from '../harness/peer.ts'
import { Service } from '../harness/service.ts'
import type { ServiceScript } from '../harness/service.ts'

/** The check phase, when it is told to come. */
class HandFlusher extends Flusher {
  #queued: Checked[] = []

  override add(one: Checked): void {
    this.#queued.push(one)
  }

  /** True when somebody waited for it. */
  run(): boolean {
    const now = this.#queued
    this.#queued = []
    for (const one of now) one.onCheck()
    return now.length > 0
  }
}

export class ForwardSubject {
  readonly service: Service
  #network = new MemoryNetwork({ automatic: false })
  #flusher = new HandFlusher()
  #gateway: Gateway
  #clients: MemoryPeer[] = []

  constructor() {
    const clock = new ManualClock()
    this.service = new Service({ onRequest() {} })
    this.#gateway = new Gateway({ dialer: this.service.dialer(this.#network), clock, wheel: new Wheel(clock), flusher: this.#flusher })
  }

  /** From here on the service follows `script`; what there was before is forgotten. */
  begin(script: ServiceScript): void {
    this.service.script = script
    this.service.connections.length = this.service.problems.length = 0
    this.#gateway.ended.length = this.#gateway.rejected.length = this.#gateway.answered.length = 0
  }

  client(): MemoryPeer {
    const client = connectMemory(this.#network, (wire) => this.#gateway.connect(wire))
    this.#clients.push(client)
    this.settle()
    return client
  }

  /** Until nothing is on its way any more. */
  settle(): void {
    do this.#network.run()
    while (this.#flusher.run() || !this.#network.quiet)
  }

  /** The methods of whatever was answered, in order. */
  get answered(): readonly string[] {
    return this.#gateway.answered
  }

  /** Ends every connection; returns what the engine has not let go of, '' for nothing. */
  finish(): string {
    for (const client of this.#clients) client.reset()
    this.#clients = []
    this.settle()
    for (const { peer } of this.service.connections) peer.reset()
    this.settle()
    const { plane, service, upstreamOpen } = this.#gateway
    const kept = {
      connections: plane.connections,
      exchanges: plane.exchanges,
      upstreamOpen,
      underWay: service.gate.underWay,
      waiting: service.gate.waiting,
    }
    return Object.values(kept).every((count) => count === 0) ? '' : `kept ${JSON.stringify(kept)}`
  }

  end(): Promise<void> {
    return this.#gateway.end()
  }
}
