// A draft → the plan: every default filled in, every name resolved, or everything that is wrong with it.
import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { DEFAULTS, layered } from '../defaults.ts'
import { placeAt, position } from '../load/node.ts'
import type { Origins } from '../load/interpolate.ts'
import type { Plugins } from '../load/plugins.ts'
import type { Problems } from '../load/problems.ts'
import type { ListenerPlan, Plan } from '../plan.ts'
import { compileAccessLog } from './access-log.ts'
import { clash, compileAdmin, compileProbes } from './admin.ts'
import { compileClient } from './client.ts'
import type { Draft } from './draft.ts'
import { warnUnverified } from './pipelining.ts'
import { PolicyLists } from './policies.ts'
import { rehearse } from './rehearse.ts'
import { compileRoutes } from './routes.ts'
import { compileServices } from './services.ts'
import { warnUnreachable } from './timeouts.ts'

export interface CompileInput {
  readonly draft: Draft
  readonly plugins: Plugins
  readonly problems: Problems
  readonly env: Origins['env']
  /** Every file that was read. */
  readonly files: readonly string[]
  /** What the default `state` is relative to. */
  readonly folder: string
  /** What `TIDEGATE_STATE`, and paths in messages, are relative to. */
  readonly cwd: string
}

/** The plan without its warnings, or undefined when there are errors; all of them are in `problems`. */
export function compilePlan({ draft, plugins, problems, env, files, folder, cwd }: CompileInput): Omit<Plan, 'warnings'> | undefined {
  const { registry } = plugins
  const state = statePath(draft, env, folder, cwd)
  const lists = new PolicyLists(draft, registry, problems)
  const services = compileServices(draft, problems)
  const { routes, params, used } = compileRoutes(draft, lists, plugins.codeAt, problems)
  const listeners = compileListeners(draft, problems)
  const admin = compileAdmin(draft, { env, state, listeners }, problems)
  const effective = {
    workers: workerCount(draft, env, problems),
    state,
    listeners,
    client: compileClient(draft, problems),
    limits: layered(DEFAULTS.limits, draft.limits),
    timeouts: layered(DEFAULTS.timeouts, draft.timeouts),
    services,
    routes,
    unmatched: lists.unmatched(draft.unmatched?.policies ?? []),
    accessLog: compileAccessLog(draft, { env, state, cwd, sinks: plugins.sinks }, problems),
    admin,
    probes: compileProbes(draft, admin, listeners, problems),
    plugins: plugins.plans,
    modules: plugins.modules,
  }
  if (effective.limits.target > effective.limits.head) {
    problems.error(
      placeAt(draft.root, ['limits', 'target']),
      'limits.target',
      'the target is a part of the head, so its limit cannot be larger than `limits.head`',
    )
  }
  if (problems.errors === 0) rehearse({ root: draft.root, routes, params, unmatched: effective.unmatched }, registry, problems)
  if (problems.errors > 0) return undefined
  warnUnused(draft, used, lists.usedSets, problems)
  warnUnreachable(draft, services, problems)
  warnUnverified(draft, problems)
  const hash = createHash('sha256').update(JSON.stringify(effective)).digest('hex')
  return { version: 0, hash, files, ...effective }
}

/** Precedence: environment, file, default. A relative path lies beside the file that names it. */
export function statePath(draft: Draft, env: Origins['env'], folder: string, cwd: string): string {
  if (env.TIDEGATE_STATE !== undefined && env.TIDEGATE_STATE !== '') return resolve(cwd, env.TIDEGATE_STATE)
  if (draft.state === undefined) return resolve(folder, DEFAULTS.state)
  const from = placeAt(draft.root, ['state']).source.folder
  return resolve(from === '' ? folder : from, draft.state)
}

function workerCount(draft: Draft, env: Origins['env'], problems: Problems): Plan['workers'] {
  const said = env.TIDEGATE_WORKERS
  if (said === undefined || said === '') return draft.workers ?? 'auto'
  if (said === 'auto') return 'auto'
  if (/^[1-9][0-9]{0,2}$/.test(said) && Number(said) <= 256) return Number(said)
  const source = { file: 'TIDEGATE_WORKERS', folder: '', text: '' }
  problems.error({ source, offset: -1 }, '', 'must be `auto` or a whole number from 1 to 256')
  return 'auto'
}

function compileListeners(draft: Draft, problems: Problems): ListenerPlan[] {
  if (!draft.root.entries.has('listeners'))
    return [{ name: DEFAULTS.listener.name, address: '', port: DEFAULTS.listener.port, protocols: ['http1'] }]
  const plans = draft.listeners.flatMap(({ name, value, node }) => {
    if (value === undefined) return []
    return [
      {
        node,
        plan: {
          name,
          address: value.address ?? '',
          port: value.port,
          protocols: value.protocols ?? ['http1' as const],
        },
      },
    ]
  })
  if (draft.listeners.length === 0 && draft.root.entries.get('listeners')?.value.kind === 'map')
    problems.error(placeAt(draft.root, ['listeners']), 'listeners', 'needs at least one listener')
  plans.forEach(({ node, plan }, i) => {
    const rival = plans.slice(0, i).find((other) => clash(other.plan, plan))
    if (rival === undefined) return
    const { line, column } = position(rival.node)
    problems.error(
      placeAt(node, ['port']),
      `listeners.${plan.name}.port`,
      `port ${plan.port} is taken by \`${rival.plan.name}\` at ${rival.node.source.file}:${line}:${column}`,
    )
  })
  return plans.map(({ plan }) => plan)
}

function warnUnused(draft: Draft, services: ReadonlySet<string>, sets: ReadonlySet<string>, problems: Problems): void {
  for (const { name, place } of draft.services)
    if (!services.has(name)) problems.warning(place, `services.${name}`, 'no route refers to this service')
  for (const { name, place } of draft.policySets)
    if (!sets.has(name)) problems.warning(place, `policySets.${name}`, 'nothing refers to this set')
}
