// The code of a configuration's plugins in the thread that runs it: exactly the version that the configuration was read with.
import type { CodePlan, Plan, PluginPlan, PluginSinkPlan, RoutePlan } from '../config/plan.ts'
import type { PolicyCreators } from '../pipeline/compile-all.ts'
import { type Code, importCode } from '../plugins/code.ts'
import { pluginOf } from '../plugins/plugin.ts'
import type { RouteMatch } from '../route/table.ts'
import type { WhenCondition } from '../route/when.ts'
import type { SinkHooks } from '../telemetry/sinks/sink.ts'

/** What each plugin of `plan` that is a policy does. Rejects with a sentence when its code is not the one that was read, or throws. */
export async function pluginCreators(plan: Plan): Promise<PolicyCreators> {
  const modules = new Map<string, Code>()
  const creators = new Map<string, NonNullable<ReturnType<PolicyCreators['get']>>>()
  for (const module of plan.modules) modules.set(module.path, await importCode(module))
  for (const { name, code } of plan.plugins) {
    const plugin = pluginOf(valueAt(modules.get(code.module), code.path))
    // Judged when it was read: only code that is another each time it runs gets here.
    if ('message' in plugin) throw new Error(`plugins.${name} ${plugin.message}`)
    if (plugin.kind === 'policy') creators.set(name, plugin.policy)
  }
  return creators
}

/** The routes of `plan` with conditions that are code in place of their names. Rejects as `pluginCreators` does. */
export async function withConditions(plan: Plan): Promise<readonly RunRoute[]> {
  const codes = plan.routes.flatMap(({ match }) => match.flatMap(({ when }) => (when === undefined ? [] : [when])))
  // None has a condition that is code: they are what they are to be.
  if (codes.length === 0) return plan.routes as readonly unknown[] as readonly RunRoute[]
  const modules = new Map<string, Code>()
  for (const module of plan.modules) modules.set(module.path, await importCode(module))
  const functionAt = ({ module, path }: CodePlan): WhenCondition => {
    const value = valueAt(modules.get(module), path)
    if (typeof value !== 'function') throw new Error(`${path.slice(1).join('.')} is no function any more`)
    return value as WhenCondition
  }
  return plan.routes.map((route) => ({
    ...route,
    match: route.match.map(({ when, ...match }) => ({ ...match, when: when === undefined ? undefined : functionAt(when) })),
  }))
}

/** A route of a plan as a thread runs it. */
export interface RunRoute extends Omit<RoutePlan, 'match'> {
  readonly match: readonly RouteMatch[]
}

/** `base`, and what `plugins` has beside it. */
export const withPlugins = (base: PolicyCreators, plugins: PolicyCreators): PolicyCreators => ({
  get: (kind) => base.get(kind) ?? plugins.get(kind),
})

/** What the sink of `plan` takes lines with. Rejects when its code is not the one that was read, or throws. */
export async function makeSink({ name, module, path, options }: PluginSinkPlan): Promise<SinkHooks> {
  const plugin = pluginOf(valueAt(await importCode(module), path))
  if ('message' in plugin || plugin.kind !== 'sink') throw new Error(`plugins.${name} is no sink any more`)
  return plugin.sink.create(options)
}

function valueAt(code: Code | undefined, path: PluginPlan['code']['path']): unknown {
  let value: unknown = code?.exports
  for (const key of path) value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined
  return value
}
