// From resolved lists to pipelines, for a whole configuration: creates each policy's hooks and lets equal lists share what they can.
import type { Slot } from '../observe/call-view.ts'
import { compile, hookProblems } from './compile.ts'
import { guardHooks } from './guarded-hooks.ts'
import { listKey } from './list-key.ts'
import type { FailureReport, Pipeline } from './pipeline.ts'
import type { Hooks, Policy, PolicyEnv } from './policy.ts'
import type { Problem } from './resolve.ts'
import type { Instance } from './response-walk.ts'

/** The list of one route (or of `unmatched`), as the plan holds it. */
export interface PolicyList {
  /** Name of the route; '' for what matches none. */
  readonly route: string
  /** Names of its path parameters. */
  readonly params: readonly string[]
  /** `options` as the kind's schema produced them; undefined for a bare one. */
  readonly policies: readonly { readonly kind: string; readonly options: unknown }[]
}

/** Where the kinds of a list are looked up: a registry, or only what their policies do (`schema` is asked for where a list has a bare one). */
export interface PolicyCreators {
  get(kind: string): { create(options: unknown, env: PolicyEnv): Hooks; readonly schema?: Policy['schema'] } | undefined
}

export interface CompileEnv {
  readonly registry: PolicyCreators
  /** Monotonic milliseconds. */
  readonly now: () => number
  /** Hears of `onEnd` failures. */
  readonly report: FailureReport
}

/** One pipeline for each list, in the same order; or every problem, and no pipeline at all: a list with a hole in it must not serve. */
export type Compiled =
  | { readonly ok: true; readonly pipelines: readonly Pipeline[] }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** Compiles every list. Nothing is thrown: what a `create` throws is a problem, and all problems are told at once. */
export function compileAll(lists: readonly PolicyList[], env: CompileEnv): Compiled {
  const problems: Problem[] = []
  const shared = new Map<string, Pipeline>()
  const pipelines = lists.map((list) => {
    const key = listKey(list.policies)
    const found = key === undefined ? undefined : shared.get(key)
    if (found !== undefined) return found
    const load = new LoadEnv(list, env.now)
    const pipeline = compile(createHooks(list, load, env.registry, problems), env.report, load.seal())
    if (key !== undefined && !load.readsRoute) shared.set(key, pipeline)
    return pipeline
  })
  return problems.length === 0 ? { ok: true, pipelines } : { ok: false, problems }
}

function createHooks(list: PolicyList, load: LoadEnv, registry: PolicyCreators, problems: Problem[]): Instance[] {
  const instances: Instance[] = []
  for (const { kind, options } of list.policies) {
    const path = `${list.route === '' ? 'unmatched' : `routes.${list.route}`}.policies.${kind}`
    const policy = registry.get(kind)
    if (policy === undefined) {
      problems.push({ path, message: `there is no policy \`${kind}\`` })
      continue
    }
    try {
      const hooks: Hooks = policy.create(options ?? policy.schema?.parse({}), load)
      for (const problem of hookProblems(hooks)) problems.push({ path, message: `the policy \`${kind}\` ${problem}` })
      instances.push({ kind, hooks: guardHooks(hooks) })
    } catch (error) {
      problems.push({ path, message: error instanceof Error ? error.message : String(error), cause: error })
    }
  }
  return instances
}

/** What the policies of one list see while they are created; remembers what they looked at. */
class LoadEnv implements PolicyEnv {
  readonly now: () => number
  readonly #list: PolicyList
  #readsRoute = false
  #slots = 0
  #sealed = false

  constructor(list: PolicyList, now: () => number) {
    this.#list = list
    this.now = now
  }

  get route(): string {
    return this.#own().route
  }

  get params(): readonly string[] {
    return this.#own().params
  }

  slot<T>(): Slot<T> {
    // load: an index that no call has room for must not come into being.
    if (this.#sealed) throw new TypeError('slots are reserved in `create`, not in a hook')
    return { index: this.#slots++ }
  }

  get readsRoute(): boolean {
    return this.#readsRoute
  }

  /** Ends the creation; returns how many slots were reserved. */
  seal(): number {
    this.#sealed = true
    return this.#slots
  }

  #own(): PolicyList {
    // load: the pipeline may be shared by now, and the name of some other route would be a quiet lie.
    if (this.#sealed) throw new TypeError('`route` and `params` are read in `create`; hooks have `call.routeName` and `call.param`')
    this.#readsRoute = true
    return this.#list
  }
}
