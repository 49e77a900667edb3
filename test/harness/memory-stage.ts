// A gateway whose clients and services are in memory and whose clock stands still: every run of the same bytes goes the same way.
import { setImmediate } from 'node:timers/promises'
import { ManualClock } from '../../src/base/clock.ts'
import { MemoryNetwork } from '../../src/net/memory-wire.ts'
import { Wheel } from '../../src/net/wheel.ts'
import { Gateway } from './gateway.ts'
import type { GatewayOptions } from './gateway.ts'
import { connectMemory } from './peer.ts'
import type { MemoryPeer, Peer } from './peer.ts'
import { Service } from './service.ts'
import type { ServiceScript } from './service.ts'
import { readResponses } from './strict-message.ts'

/** A standing clock and its wheel: a thousand slots, shared by stages that follow each other. */
export class StandingTime {
  readonly clock = new ManualClock()
  readonly wheel = new Wheel(this.clock)
}

export class MemoryStage {
  readonly network = new MemoryNetwork()
  readonly service: Service
  readonly gateway: Gateway

  constructor(script: ServiceScript, options: Omit<GatewayOptions, 'dialer' | 'clock' | 'wheel'> = {}, time = new StandingTime()) {
    this.service = new Service(script)
    this.gateway = new Gateway({ ...options, dialer: this.service.dialer(this.network), clock: time.clock, wheel: time.wheel })
  }

  client(): MemoryPeer {
    return connectMemory(this.network, (wire) => this.gateway.connect(wire))
  }

  /** Resolves when nothing is on its way any more: what the check phase writes and what that brings included. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 2;) {
      await setImmediate()
      quiet = this.network.quiet && !this.#moved() ? quiet + 1 : 0
    }
  }

  #seen = 0
  #moved(): boolean {
    const moved = this.network.delivered !== this.#seen
    this.#seen = this.network.delivered
    return moved
  }

  /** Lets `ms` pass: deadlines within fire. */
  async advance(ms: number): Promise<void> {
    this.gateway.advance(ms)
    await this.settle()
  }

  end(): Promise<void> {
    return this.gateway.end()
  }
}

/** Runs a test on a stage of its own, and ends the stage. */
export async function inMemory(
  script: ServiceScript,
  options: ConstructorParameters<typeof MemoryStage>[1],
  run: (stage: MemoryStage) => Promise<void>,
): Promise<void> {
  const stage = new MemoryStage(script, options)
  await run(stage)
  await stage.end()
}

/** The same for a test of one client, which stands from the beginning. */
export const withClient = (
  script: ServiceScript,
  run: (stage: MemoryStage, client: MemoryPeer) => Promise<void>,
  options: ConstructorParameters<typeof MemoryStage>[1] = {},
): Promise<void> => inMemory(script, options, (stage) => run(stage, stage.client()))

/** The statuses of the whole answers that a client got so far. */
export const statuses = (peer: Peer): number[] => readResponses(peer.received, [], peer.ended).messages.map(({ status }) => status)

/** The codes of the problems among them. */
export const codes = (peer: Peer): string[] => [...peer.received.matchAll(/"code":"(\w+)"/g)].map(([, code]) => code as string)
