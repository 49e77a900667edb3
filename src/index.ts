// The public entry `tidegate`: a gateway inside a program, and configurations in TypeScript. Importing it loads next to nothing: every
// thread of a gateway whose configuration is a module does.
import type { Gateway, GatewayOptions, GatewaySource } from './runtime/gateway.ts'

export type { Finding } from './config/plan.ts'
export type { GatewayConfig } from './config/schema/gateway.ts'
export { ConfigurationError } from './runtime/configuration-error.ts'
export type { MatchRequest } from './route/when.ts'
export { defineGateway, type GatewayDefinition } from './runtime/define-gateway.ts'
export type { Gateway, GatewayOptions, GatewaySource, ListeningAddress } from './runtime/gateway.ts'
export type { InjectedRequest, InjectedResponse } from './runtime/inject.ts'
export type { MemoryService } from './runtime/memory-dialer.ts'

/**
 * A gateway in this thread, ready to be asked by `inject` and `connect`; it listens once `listen` is called. Rejects with a
 * `ConfigurationError` that lists everything that is wrong. Whoever creates one closes it (`await using`).
 */
export const createGateway = async (source: GatewaySource, options: GatewayOptions = {}): Promise<Gateway> =>
  (await import('./runtime/gateway.ts')).createGateway(source, options)
