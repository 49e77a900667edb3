// The public entry `tidegate`: a gateway inside a program.
export type { Finding } from './config/plan.ts'
export type { GatewayConfig } from './config/schema/gateway.ts'
export { ConfigurationError } from './runtime/configuration-error.ts'
export { createGateway, type Gateway, type GatewayOptions, type GatewaySource, type ListeningAddress } from './runtime/gateway.ts'
export type { InjectedRequest, InjectedResponse } from './runtime/inject.ts'
export type { MemoryService } from './runtime/memory-dialer.ts'
