// A gateway between clients and services in memory in which nothing happens by itself: bytes, check phases and time move when they are
// told to, synchronously, so that a run hangs on its seed alone and thousands of them fit into a second.
import { ManualClock } from '../../src/base/clock.ts'
import { Flusher } from '../../src/net/flusher.ts'
import type { Checked } from '../../src/net/flusher.ts'
import { MemoryNetwork } from '../../src/net/memory-wire.ts'
import { Wheel } from '../../src/net/wheel.ts'
import { Gateway } from './gateway.ts'
import type { GatewayOptions } from './gateway.ts'
import { connectMemory, MemoryDialer } from './peer.ts'
import type { MemoryPeer } from './peer.ts'

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

export type SteppedOptions = Omit<GatewayOptions, 'dialer' | 'clock' | 'wheel' | 'flusher'>

export class SteppedStage {
  readonly gateway: Gateway
  #clock = new ManualClock()
  #network = new MemoryNetwork({ automatic: false })
  #flusher = new HandFlusher()

  /** `accept` gets each connection that the gateway opens, with the port that names its endpoint. */
  constructor(accept: (peer: MemoryPeer, port: number) => void, options: SteppedOptions = {}) {
    const dialer = new MemoryDialer(this.#network, accept)
    this.gateway = new Gateway({ ...options, dialer, clock: this.#clock, wheel: new Wheel(this.#clock), flusher: this.#flusher })
  }

  client(): MemoryPeer {
    return connectMemory(this.#network, (wire) => this.gateway.connect(wire))
  }

  /** Delivers what is on its way; what waits for the check phase goes on waiting. */
  poll(): void {
    this.#network.run()
  }

  /** Until nothing is on its way any more. */
  settle(): void {
    do this.#network.run()
    while (this.#flusher.run() || !this.#network.quiet)
  }

  /** Monotonic ms. */
  get now(): number {
    return this.#clock.now()
  }

  /** Lets `ms` pass at once: deadlines within fire. */
  advance(ms: number): void {
    this.gateway.advance(ms)
    this.settle()
  }

  /** What the engine has not let go of, '' for nothing; meant for when everybody else is gone. */
  kept(): string {
    const { plane, service, upstreamOpen } = this.gateway
    const { underWay, waiting } = service.gate
    const kept = { connections: plane.connections, exchanges: plane.exchanges, upstreamOpen, underWay, waiting }
    return Object.values(kept).every((count) => count === 0) ? '' : `kept ${JSON.stringify(kept)}`
  }

  end(): Promise<void> {
    return this.gateway.end()
  }
}
