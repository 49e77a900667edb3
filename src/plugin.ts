// The public entry `tidegate/plugin`: everything that a policy of one's own is written with.
export type { CallClient, CallRequest, CallTrace, CallView, Slot } from './observe/call-view.ts'
export type { Outcome } from './observe/outcome.ts'
export type { FaultCode } from './base/fault.ts'
export type { HeaderMap } from './http/fields.ts'
export type { RequestHead, ResponseHead } from './http/message.ts'
export type { Body, Call, CallResponse } from './pipeline/call.ts'
export { headerName } from './pipeline/header-name.ts'
export {
  definePolicy,
  type BodyNeed,
  type Hooks,
  type OrderRule,
  type Policy,
  type PolicyEnv,
  type Transformer,
} from './pipeline/policy.ts'
export {
  type Attribute,
  type Authenticator,
  type AuthenticatorHooks,
  defineAuthenticator,
  type Identity,
  type Proof,
} from './identity/authenticator.ts'
export { defineSink, type Sink, type SinkHooks } from './telemetry/sinks/sink.ts'
export { proceed, refuse, reply, type Reply, type Verdict } from './pipeline/verdict.ts'
