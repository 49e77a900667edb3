// Services that are functions in this process: the gateway's connections to them are joined in memory, all others are TCP.
import type { Duplex } from 'node:stream'
import type { Plan } from '../config/plan.ts'
import { MemoryDuplex } from '../net/memory-duplex.ts'
import { type MemoryNetwork, MemoryWire } from '../net/memory-wire.ts'
import type { Wire, WireHandler } from '../net/wire.ts'
import { type Dialer, tcpDialer } from '../upstream/dial.ts'

/** Stands in for a service (`scriptedService` of `tidegate/testing` makes one). */
export interface MemoryService {
  /** A connection of the gateway has come. */
  accept(connection: Duplex): void
  /** Connections are refused, as by a machine on which nothing listens. */
  readonly refusing?: boolean
}

export class MemoryDialer implements Dialer {
  readonly #network: MemoryNetwork
  readonly #services: ReadonlyMap<string, MemoryService>
  #byAddress = new Map<string, MemoryService>()

  constructor(network: MemoryNetwork, services: ReadonlyMap<string, MemoryService>) {
    this.#network = network
    this.#services = services
  }

  /** Takes the place of every endpoint of the services that it has. @throws Error for a service that the plan does not name. */
  use(plan: Plan): void {
    const byAddress = new Map<string, MemoryService>()
    for (const [name, service] of this.#services) {
      const planned = plan.services.find((one) => one.name === name)
      if (planned === undefined) throw new Error(`\`services\` stands in for \`${name}\`, which the configuration does not name`)
      for (const { host, port } of planned.endpoints) byAddress.set(addressOf(host, port), service)
    }
    this.#byAddress = byAddress
  }

  knows(host: string, port: number): boolean {
    return this.#byAddress.has(addressOf(host, port))
  }

  dial(host: string, port: number, handler: WireHandler): Wire {
    const service = this.#byAddress.get(addressOf(host, port))
    if (service === undefined) return tcpDialer.dial(host, port, handler)
    const outgoing = new MemoryWire(this.#network, handler)
    const incoming = new MemoryDuplex(this.#network)
    MemoryWire.join(outgoing, incoming.wire)
    if (service.refusing === true) incoming.wire.reset()
    else service.accept(incoming)
    return outgoing
  }
}

const addressOf = (host: string, port: number): string => `${host}|${port}`
