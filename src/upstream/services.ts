// The services of one thread across reloads: what has not changed keeps its connections, what is gone is drained.
import { Pipelining } from './pipelining.ts'
import type { Pool, PoolSettings } from './pool.ts'
import { Pool as EndpointPool } from './pool.ts'
import { RoundRobin } from './balancer/round-robin.ts'
import type { UpstreamContext } from './context.ts'
import type { Endpoint } from './endpoint.ts'
import { Gate } from './service.ts'
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

export class Services {
  #context: UpstreamContext
  // By identity: address, port, protocol (TLS settings and credentials join when there are some). A pool serves every service that
  // has the same one under the same settings.
  #pools = new Map<string, Pool>()
  #pipelines = new Map<string, Pipelining>()

  constructor(context: UpstreamContext) {
    this.#context = context
  }

  /** Builds the services of a plan. Nothing of those in use changes; new pools open no connection yet. */
  prepare(plans: readonly ServiceSettings[]): ReadonlyMap<string, Service> {
    return new Map(plans.map((plan) => [plan.name, this.#service(plan)]))
  }

  /** The snapshot that uses `kept` is in place: every other pool is drained. */
  retire(kept: ReadonlyMap<string, Service>): void {
    const used = new Set([...kept.values()].flatMap((service) => service.endpoints.map((endpoint) => endpoint.pool)))
    for (const [key, pool] of this.#pools) {
      if (used.has(pool)) continue
      this.#pools.delete(key)
      pool.retire()
    }
    const shared = new Set([...kept.values()].flatMap((service) => service.endpoints.map((endpoint) => endpoint.pipelining)))
    for (const [key, pipelining] of this.#pipelines) {
      if (shared.has(pipelining)) continue
      this.#pipelines.delete(key)
      pipelining.retire()
    }
  }

  /** Ends every connection. */
  end(): void {
    for (const pool of this.#pools.values()) pool.destroy()
    this.#pools.clear()
    for (const pipelining of this.#pipelines.values()) pipelining.destroy()
    this.#pipelines.clear()
  }

  #service(plan: ServiceSettings): Service {
    const endpoints = plan.endpoints.map((endpoint): Endpoint => {
      const authority = endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host
      return {
        url: endpoint.url,
        authority: endpoint.port === 80 ? authority : `${authority}:${endpoint.port}`,
        basePath: endpoint.basePath,
        weight: endpoint.weight,
        pool: this.#pool(plan, endpoint),
        pipelining: this.#pipelining(plan, endpoint),
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
      gate: new Gate(plan.concurrency.max + plan.concurrency.pending),
    }
  }

  #pipelining(plan: ServiceSettings, endpoint: ServiceSettings['endpoints'][number]): Pipelining | undefined {
    const { depth, echo } = plan.connections.pipelining
    if (depth <= 1) return undefined
    const settings = { depth, echo, host: endpoint.host, port: endpoint.port, connectTimeout: plan.timeouts.connect }
    const key = JSON.stringify([plan.name, settings])
    let found = this.#pipelines.get(key)
    if (found === undefined) {
      found = new Pipelining(settings, { service: plan.name, endpoint: endpoint.url }, this.#context)
      this.#pipelines.set(key, found)
    }
    return found
  }

  #pool(plan: ServiceSettings, endpoint: ServiceSettings['endpoints'][number]): Pool {
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
      pool = new EndpointPool(plan.name, endpoint.url, settings, this.#context)
      this.#pools.set(key, pool)
    }
    return pool
  }
}
