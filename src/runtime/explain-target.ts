// Where a route's requests go, and how long they may take there, with where each number comes from.
import { DEFAULTS } from '../config/defaults.ts'
import type { EndpointPlan, Plan, RoutePlan, ServicePlan } from '../config/plan.ts'
import type { ServiceSaw } from './explain-services.ts'

/** Milliseconds; `from` says who set it. `service`: the service itself, or `defaults.service`. */
export interface ExplainedTimeout {
  readonly ms: number
  readonly from: 'route' | 'service' | 'listener' | 'built-in'
}

/** What came of the request, as far as the target tells it. */
export interface Answered {
  /** undefined when the request never reached a service. */
  readonly saw: ServiceSaw | undefined
  /** Location of the answer; '' for none. */
  readonly location: string
}

/** Where the request goes once its policies have let it through. */
export type ExplainedTarget =
  | {
      readonly kind: 'forward'
      /** Every service that shares the route's requests, its share being 0–1. */
      readonly split: readonly { readonly service: string; readonly share: number }[]
      /** The service that was asked here: the one with the largest share. */
      readonly service: string
      readonly endpoints: readonly { readonly url: string; readonly weight: number }[]
      /** The endpoint that a gateway without history tries first; '' for none. */
      readonly first: string
      /** As the route says it; '' for none. */
      readonly rewrite: string
      /** What the service got; undefined when the request never reached it. */
      readonly seen: ServiceSaw | undefined
      readonly timeouts: Readonly<Record<'connect' | 'response' | 'deadline' | 'stream' | 'body' | 'write', ExplainedTimeout>>
      /** Sent again at most. */
      readonly retries: number
      readonly mirror: { readonly service: string; readonly sample: number } | undefined
    }
  | { readonly kind: 'reply'; readonly status: number }
  | { readonly kind: 'redirect'; readonly status: number; readonly to: string; readonly location: string }

/** The most that the route takes of a body, in bytes; `Infinity` prints as none and is left undefined. */
export interface ExplainedLimit {
  readonly bytes: number | undefined
  readonly from: 'route' | 'limits' | 'built-in'
}

export function bodyLimit(plan: Plan, route: RoutePlan): ExplainedLimit {
  if (route.limits.body !== undefined) return { bytes: route.limits.body, from: 'route' }
  return { bytes: plan.limits.body, from: plan.limits.body === DEFAULTS.limits.body ? 'built-in' : 'limits' }
}

/** The target of a route of `plan`. */
export function explainTarget(plan: Plan, route: RoutePlan, { saw, location }: Answered): ExplainedTarget {
  const { handler } = route
  switch (handler.kind) {
    case 'reply':
      return { kind: 'reply', status: handler.status }
    case 'redirect':
      return { kind: 'redirect', status: handler.status, to: handler.to, location }
    case 'forward': {
      const total = handler.split.reduce((sum, { weight }) => sum + weight, 0)
      const name = largest(handler.split).service
      const service = plan.services.find((one) => one.name === name)
      const endpoints = (service?.endpoints ?? []).map(({ url, basePath, weight }) => ({ url: url + basePath, weight }))
      const first = service === undefined ? undefined : firstEndpoint(service.endpoints)
      return {
        kind: 'forward',
        split: handler.split.map(({ service: to, weight }) => ({ service: to, share: weight / total })),
        service: name,
        endpoints,
        first: first === undefined ? '' : first.url + first.basePath,
        rewrite: route.rewrite ?? '',
        seen: saw,
        timeouts: timeoutsOf(plan, route, service),
        retries: service?.retries.max ?? 0,
        mirror: handler.mirror,
      }
    }
    default: {
      const never: never = handler
      return never
    }
  }
}

function timeoutsOf(
  plan: Plan,
  route: RoutePlan,
  service: ServicePlan | undefined,
): Record<'connect' | 'response' | 'deadline' | 'stream' | 'body' | 'write', ExplainedTimeout> {
  const built = DEFAULTS.service.timeouts
  const ofService = (key: keyof ServicePlan['timeouts']): ExplainedTimeout => {
    const said = route.timeouts[key]
    if (said !== undefined) return { ms: said, from: 'route' }
    const ms = service?.timeouts[key] ?? built[key]
    return { ms, from: ms === built[key] ? 'built-in' : 'service' }
  }
  const ofListener = (key: 'body' | 'write'): ExplainedTimeout => {
    const said = route.timeouts[key]
    if (said !== undefined) return { ms: said, from: 'route' }
    const ms = plan.timeouts[key]
    return { ms, from: ms === DEFAULTS.timeouts[key] ? 'built-in' : 'listener' }
  }
  return {
    connect: ofService('connect'),
    response: ofService('response'),
    deadline: ofService('deadline'),
    stream: ofService('stream'),
    body: ofListener('body'),
    write: ofListener('write'),
  }
}

/** The part of a split with the largest weight, the earlier one of equals. */
export const largest = <T extends { readonly weight: number }>(parts: readonly T[]): T =>
  parts.reduce((most, part) => (part.weight > most.weight ? part : most))

/** What round robin takes first of all. */
export function firstEndpoint(endpoints: readonly EndpointPlan[]): EndpointPlan | undefined {
  return endpoints.length === 0 ? undefined : largest(endpoints)
}
