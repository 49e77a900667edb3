// The type of a configuration in TypeScript: the shape of `tidegate.yaml`, with every name that refers to another one checked by the compiler.
import type { z, ZodType } from 'zod'
import type { Frozen, GatewayConfig } from '../config/schema/gateway.ts'
import type { ConditionsConfig } from '../config/schema/routes.ts'
import type { Plugin } from '../plugins/plugin.ts'
import type { MatchRequest } from '../route/when.ts'
import type { builtins } from './builtins.ts'

type Inputs = NonNullable<GatewayConfig['routes']>[string]
type Builtin = (typeof builtins)[number]

/** Options of each built-in policy, as a configuration writes them. */
type BuiltinOptions = { readonly [P in Builtin as P['name']]: z.input<P['schema']> }

/** What `plugins` holds: the path of a module, or the plugin itself. */
export type Plugins = Readonly<Record<string, string | { readonly plugin: Plugin['kind']; readonly schema: ZodType }>>

/** Names of plugins that are policies, or may be: of a path nothing more is known. */
type PolicyNames<P> = Extract<{ [K in keyof P]: P[K] extends string | { readonly plugin: 'policy' } ? K : never }[keyof P], string>

/** What stands for the section where it is left out: no name is one of a plugin. */
// oxlint-disable-next-line typescript/no-generated-empty-object-type -- empty is what it is to be
type NoPlugins = Readonly<Record<never, string>>

/** Options of a plugin; anything where only its path is known. */
type PluginOptions<P> = P extends { readonly schema: infer S extends ZodType } ? z.input<S> : unknown

/** One item of a list of policies: bare, with options, or a set. */
export type PolicyUse<P extends Plugins, Sets extends string> =
  | Builtin['name']
  | PolicyNames<P>
  | { readonly [K in keyof BuiltinOptions]: { readonly [_ in K]: BuiltinOptions[K] } }[keyof BuiltinOptions]
  | { readonly [K in PolicyNames<P>]: { readonly [_ in K]: PluginOptions<P[K]> } }[PolicyNames<P>]
  | { readonly set: Sets }

/** The conditions of a match. `when` counts as one; `false` passes the route over, and what is no truth value refuses the request. */
interface Conditions extends Omit<Frozen<ConditionsConfig>, 'when'> {
  readonly when?: (request: MatchRequest) => boolean
}

type MatchDefinition = string | Conditions

type Share<Service extends string> = Omit<NonNullable<Inputs['split']>[number], 'service'> & { readonly service: Service }

/** A route of a configuration whose names are known. */
export interface RouteDefinition<Service extends string, Route extends string, P extends Plugins, Sets extends string> extends Omit<
  Inputs,
  'match' | 'service' | 'split' | 'mirror' | 'over' | 'policies' | 'without'
> {
  readonly match: MatchDefinition | readonly MatchDefinition[]
  readonly service?: Service
  readonly split?: readonly Share<Service>[]
  readonly mirror?: Omit<NonNullable<Inputs['mirror']>, 'service'> & { readonly service: Service }
  readonly over?: Route | readonly Route[]
  readonly policies?: readonly PolicyUse<P, Sets>[]
  readonly without?: readonly (Builtin['name'] | Extract<keyof P, string> | Sets)[]
}

/** A configuration whose names are judged when it is loaded, not by the compiler: those of policies that a program brings, for one. */
export interface GatewayObject extends Omit<GatewayConfig, 'routes' | 'plugins'> {
  readonly plugins?: Plugins
  readonly routes?: Readonly<Record<string, Omit<Inputs, 'match'> & { readonly match: MatchDefinition | readonly MatchDefinition[] }>>
}

/** A whole configuration. `Service`, `Route`, `Sets` and `P` are what its own sections name. */
export interface GatewayDefinition<Service extends string, Route extends string, P extends Plugins, Sets extends string> extends Omit<
  GatewayConfig,
  'services' | 'routes' | 'plugins' | 'policySets' | 'defaults' | 'unmatched'
> {
  readonly services?: Readonly<Record<Service, NonNullable<GatewayConfig['services']>[string]>>
  readonly plugins?: P
  readonly policySets?: Readonly<Record<Sets, readonly PolicyUse<NoInfer<P>, never>[]>>
  readonly defaults?: Omit<NonNullable<GatewayConfig['defaults']>, 'policies'> & {
    readonly policies?: readonly PolicyUse<NoInfer<P>, NoInfer<Sets>>[]
  }
  readonly unmatched?: { readonly policies: readonly PolicyUse<NoInfer<P>, NoInfer<Sets>>[] }
  readonly routes?: { readonly [R in Route]: RouteDefinition<NoInfer<Service>, NoInfer<Route>, NoInfer<P>, NoInfer<Sets>> }
}

/**
 * A configuration, as it is: `export default defineGateway({ … })` in `tidegate.config.ts`. A name of a service, route, policy or set that
 * the configuration does not have is a type error; everything else is judged when it is loaded.
 */
export const defineGateway = <
  const Service extends string = never,
  const Route extends string = never,
  const P extends Plugins = NoPlugins,
  const Sets extends string = never,
>(
  config: GatewayDefinition<Service, Route, P, Sets>,
): GatewayDefinition<Service, Route, P, Sets> => config
