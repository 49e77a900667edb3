// Sends a request to a service: picks it by the route's split, rewrites the path, asserts what services rely on, mirrors a share.
// Before it on the way: the route's policies. After it: `upstream/forwarding.ts`.
import { randomFloat } from '../../base/random.ts'
import { isSafe } from '../../http/method.ts'
import { renderRewrite } from '../../http/template.ts'
import type { Template } from '../../http/template.ts'
import type { Exchange, Handler } from '../../pipeline/handler.ts'
import type { ForwardOptions } from '../../upstream/forwarded-exchange.ts'
import { Forwarding } from '../../upstream/forwarding.ts'
import type { Service, ServiceTimeouts } from '../../upstream/service.ts'
import { mirror } from './mirror.ts'

export interface ForwardRoute {
  readonly split: readonly { readonly service: Service; readonly weight: number; readonly timeouts: ServiceTimeouts }[]
  readonly rewrite: Template | undefined
  readonly trailers: boolean
  /** Empty path segments go to the service as they came. */
  readonly keepEmptySegments: boolean
  readonly mirror: { readonly service: Service; readonly sample: number; readonly timeouts: ServiceTimeouts } | undefined
  /** What marks a request that has passed here (RFC 8586). */
  readonly loopId: string
}

/** One of the services that share the route's requests. */
interface Part {
  readonly service: Service
  readonly weight: number
  readonly options: ForwardOptions
}

export class ForwardHandler implements Handler {
  #route: ForwardRoute
  #parts: readonly Part[]
  #total: number

  constructor(route: ForwardRoute) {
    const { split, trailers, loopId } = route
    this.#route = route
    this.#parts = split.map(({ service, weight, timeouts }) => ({ service, weight, options: { timeouts, trailers, loopId } }))
    this.#total = split.reduce((sum, part) => sum + part.weight, 0)
  }

  handle(exchange: Exchange): void {
    const route = this.#route
    const { head } = exchange.request
    const path = this.#path(exchange)
    if (path === undefined) return exchange.fault('bad_path')
    const target = head.query === '' ? path : `${path}?${head.query}`
    const part = this.#parts.length === 1 ? this.#parts[0] : this.#draw()
    if (part === undefined) return exchange.fault('no_endpoint')
    const copied = route.mirror
    if (copied !== undefined && exchange.body === undefined && isSafe(head.method) && !head.upgrade && randomFloat() < copied.sample) {
      mirror(exchange, copied.service, target, { timeouts: copied.timeouts, trailers: false, loopId: route.loopId })
    }
    new Forwarding(exchange, part.service, target, part.options).start()
  }

  // Rewritten paths are canonical again by construction (A29); undefined when the values make no path.
  #path(exchange: Exchange): string | undefined {
    const { rewrite, keepEmptySegments } = this.#route
    if (rewrite !== undefined) return renderRewrite(rewrite, exchange.params)
    const { head } = exchange.request
    return keepEmptySegments ? (head.unmerged ?? head.path) : head.path
  }

  #draw(): Part | undefined {
    let point = randomFloat() * this.#total
    for (const part of this.#parts) {
      point -= part.weight
      if (point < 0) return part
    }
    return this.#parts.at(-1)
  }
}
