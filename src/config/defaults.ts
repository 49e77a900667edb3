// What a bare file gets. Durations in milliseconds, sizes in bytes, shares 0–1.
import type { LimitsPlan, ServicePlan, TimeoutsPlan } from './plan.ts'

const KIB = 1024
const SECOND = 1_000

/** `body` and `connections` have no limit: what is only passed on may be of any size; descriptors bound the connections. */
const limits: LimitsPlan = {
  head: 32 * KIB,
  headers: 100,
  target: 8 * KIB,
  body: undefined,
  pipelined: 16,
  connections: undefined,
  connectionsPerClient: 512,
  memory: 0.8,
}

const timeouts: TimeoutsPlan = {
  head: 10 * SECOND,
  body: 30 * SECOND,
  write: 30 * SECOND,
  keepAlive: 60 * SECOND,
  preStop: 0,
  drain: 30 * SECOND,
}

const serviceTimeouts: ServicePlan['timeouts'] = { connect: SECOND, response: 15 * SECOND, deadline: 30 * SECOND, stream: 300 * SECOND }
const concurrency: ServicePlan['concurrency'] = { max: 1024, pending: 1024 }
const retries: { max: number; if: ('connect' | 'reset')[] } = { max: 1, if: ['connect', 'reset'] }

export const DEFAULTS = {
  listener: { name: 'web', port: 8080 },
  state: '.tidegate',
  admin: { address: '127.0.0.1', port: 9901 },
  limits,
  timeouts,
  service: {
    host: 'preserve',
    timeouts: serviceTimeouts,
    connections: { perEndpoint: 128 as number, idle: 4 * SECOND },
    /** Pipelining: off. */
    depth: 1,
    concurrency,
    retries,
  },
  redirect: 307,
  /** Copies of every request, unless `sample` says fewer. */
  sample: 1,
  logs: { format: 'json', service: 'tidegate' },
} as const

/** `base` with what the layers say, later ones first; a key that is absent or undefined says nothing. */
export function layered<T extends object>(base: T, ...layers: readonly ({ readonly [K in keyof T]?: T[K] | undefined } | undefined)[]): T {
  const out = { ...base }
  for (const layer of layers) {
    for (const key of Object.keys(base) as (keyof T)[]) {
      const said = layer?.[key]
      if (said !== undefined) out[key] = said
    }
  }
  return out
}
