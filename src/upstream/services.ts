// The services of one thread across reloads: what has not changed keeps its connections, what is gone is drained.
import { urlHost } from '../base/ip.ts'
import type { End } from '../base/scope.ts'
import { Pipelining } from './pipelining.ts'
import type { Pool, PoolSettings } from './pool.ts'
import { Pool as EndpointPool } from './pool.ts'
import { RoundRobin } from './balancer/round-robin.ts'
import type { UpstreamContext } from './context.ts'
import type { Endpoint } from './endpoint.ts'
import { FieldName } from '../http/field-name.ts'
import { Gate } from './limit/gate.ts'
import { PermitCells } from './limit/permit-cells.ts'
import type { Service, ServiceTimeouts } from './service.ts'

/** A service as the plan says it: plain data, every default filled in (the fields of the plan's `ServicePlan`). */
export interface ServiceSettings {
  readonly name: string
  readonly endpoints: readonly {
    readonly url: string
    readonly scheme: 'http' | 'https'
    readonly host: string
    readonly port: number
    readonly basePath: string
    readonly weight: number
  }[]
  readonly host: 'preserve' | 'endpoint' | { readonly name: string }
  readonly timeouts: ServiceTimeouts
  readonly connections: {
    readonly perEndpoint: number
    readonly idle: number
    readonly pipelining: { readonly depth: number; readonly echo: string | undefined }
  }
  readonly concurrency: { readonly max: number; readonly pending: number }
  readonly retries: { readonly max: number; readonly connect: boolean; readonly reset: boolean }
}

/** Where the services of a plan count what is under way (`limit/permit-cells.ts`), as main allocated it, and this worker's place there. */
export interface Permits {
  readonly slot: number
  readonly buffers: ReadonlyMap<string, SharedArrayBuffer>
}

/** Of one service, in this worker. */
export interface ServiceLevels {
  /** Connections without a request. */
  readonly idle: number
  /** Requests without a turn or a connection. */
  readonly waiting: number
  readonly underWay: number
}

export class Services {
  #context: UpstreamContext
  #gates = new Map<string, Gate>()
  // No part of any snapshot any more, but exchanges that began before still have requests there.
  #leaving = { gates: new Set<Gate>(), pools: new Set<Pool>() }
  #endTurns: End
  // By identity: address, port, protocol (TLS settings and credentials join when there are some). A pool serves every service that
  // has the same one under the same settings.
  #pools = new Map<string, Pool>()
  #pipelines = new Map<string, Pipelining>()

  constructor(context: UpstreamContext) {
    this.#context = context
    this.#endTurns = context.wheel.onTurn(() => this.#turn())
  }

  /** Builds the services of a plan. Nothing of those in use changes; new pools open no connection yet. `permits`: left out for one thread. */
  prepare(plans: readonly ServiceSettings[], permits?: Permits): ReadonlyMap<string, Service> {
    return new Map(plans.map((plan) => [plan.name, this.#service(plan, permits)]))
  }

  /** The snapshot that uses `kept` is in place: its limits hold, every other pool is drained. */
  retire(kept: ReadonlyMap<string, Service>): void {
    for (const { gate, concurrency } of kept.values()) gate.limit(concurrency)
    for (const [name, gate] of this.#gates) {
      if (kept.has(name)) continue
      this.#gates.delete(name)
      this.#leaving.gates.add(gate)
    }
    const used = new Set([...kept.values()].flatMap((service) => service.endpoints.map((endpoint) => endpoint.pool)))
    for (const [key, pool] of this.#pools) {
      if (used.has(pool)) continue
      this.#pools.delete(key)
      pool.retire()
      this.#leaving.pools.add(pool)
    }
    const shared = new Set([...kept.values()].flatMap((service) => service.endpoints.map((endpoint) => endpoint.pipelining)))
    for (const [key, pipelining] of this.#pipelines) {
      if (shared.has(pipelining)) continue
      this.#pipelines.delete(key)
      pipelining.retire()
    }
  }

  /** What is under way at each service with pools, for gauges. */
  levels(): ReadonlyMap<string, ServiceLevels> {
    const levels = new Map<string, { idle: number; waiting: number; underWay: number }>()
    for (const [name, gate] of this.#gates) levels.set(name, { idle: 0, waiting: gate.waiting, underWay: gate.underWay })
    for (const pool of this.#pools.values()) {
      const level = levels.get(pool.service)
      if (level !== undefined) level.idle += pool.idle
    }
    return levels
  }

  /** Ends every connection. */
  end(): void {
    void this.#endTurns()
    for (const pool of [...this.#pools.values(), ...this.#leaving.pools]) pool.destroy()
    this.#pools.clear()
    for (const pipelining of this.#pipelines.values()) pipelining.destroy()
    this.#pipelines.clear()
  }

  // True while requests wait for their turn, which another worker may give them.
  #turn(): boolean {
    let waiting = 0
    const { now } = this.#context.wheel
    const { gates, pools } = this.#leaving
    for (const gate of this.#gates.values()) {
      gate.turn()
      waiting += gate.waiting
    }
    for (const pool of this.#pools.values()) pool.expire(now)
    for (const gate of gates) {
      gate.turn()
      waiting += gate.waiting
      if (gate.underWay + gate.waiting === 0) gates.delete(gate)
    }
    for (const pool of pools) {
      pool.expire(now)
      if (pool.open + pool.waiting === 0) pools.delete(pool)
    }
    return waiting > 0
  }

  #service(plan: ServiceSettings, permits: Permits | undefined): Service {
    const gate = this.#gate(plan, permits)
    const endpoints = plan.endpoints.map((endpoint): Endpoint => {
      const authority = urlHost(endpoint.host)
      return {
        url: endpoint.url,
        authority: endpoint.port === 80 ? authority : `${authority}:${endpoint.port}`,
        basePath: endpoint.basePath,
        weight: endpoint.weight,
        pool: this.#pool(plan, endpoint, gate),
        pipelining: this.#pipelining(plan, endpoint),
        lastHost: { client: '', line: '' },
      }
    })
    return {
      name: plan.name,
      endpoints,
      balancer: new RoundRobin(endpoints),
      context: this.#context,
      host: plan.host,
      timeouts: plan.timeouts,
      retries: plan.retries,
      concurrency: plan.concurrency,
      gate,
    }
  }

  #gate({ name, concurrency }: ServiceSettings, permits: Permits | undefined): Gate {
    let gate = this.#gates.get(name)
    if (gate === undefined) {
      gate = new Gate(concurrency, new PermitCells(permits?.slot, permits?.buffers.get(name)))
      this.#gates.set(name, gate)
    }
    return gate
  }

  #pipelining(plan: ServiceSettings, endpoint: ServiceSettings['endpoints'][number]): Pipelining | undefined {
    const { depth, echo } = plan.connections.pipelining
    if (depth <= 1) return undefined
    const settings = {
      depth,
      echo: echo === undefined ? undefined : new FieldName(echo),
      host: endpoint.host,
      port: endpoint.port,
      connectTimeout: plan.timeouts.connect,
      idle: plan.connections.idle,
    }
    const key = JSON.stringify([plan.name, settings])
    let found = this.#pipelines.get(key)
    if (found === undefined) {
      found = new Pipelining(settings, { service: plan.name, endpoint: endpoint.url }, this.#context)
      this.#pipelines.set(key, found)
    }
    return found
  }

  #pool(plan: ServiceSettings, endpoint: ServiceSettings['endpoints'][number], gate: Gate): Pool {
    const settings: PoolSettings = {
      host: endpoint.host,
      port: endpoint.port,
      max: plan.connections.perEndpoint,
      connectTimeout: plan.timeouts.connect,
      idle: plan.connections.idle,
    }
    const key = JSON.stringify([plan.name, settings])
    let pool = this.#pools.get(key)
    if (pool === undefined) {
      pool = new EndpointPool(plan.name, endpoint.url, settings, this.#context, gate)
      this.#pools.set(key, pool)
    }
    return pool
  }
}
