// The property: for generated configurations and requests, what an explanation says is what the data plane does.
import assert from 'node:assert/strict'
import { loadObject } from '../../src/config/load/load.ts'
import type { Plan } from '../../src/config/plan.ts'
import { createRegistry } from '../../src/pipeline/registry.ts'
import { builtins } from '../../src/runtime/builtins.ts'
import { createExplainer } from '../../src/runtime/explain.ts'
import type { Explanation } from '../../src/runtime/explain-report.ts'
import { seeded, type Random } from '../harness/seeded.ts'
import { observedDataPlane, SERVICE_STATUS, type Observed } from './data-plane.ts'
import { generateConfiguration, generateRequest } from './generate.ts'
import { samplePolicies } from './policies.ts'

const registry = createRegistry([...builtins, ...samplePolicies])

/** How often each thing came about: a run that never sees one of them proves nothing. */
export type Seen = Map<string, number>

export interface Share {
  readonly seed: number
  readonly configurations: number
  /** Of each configuration. */
  readonly requests: number
  readonly progress?: (done: number) => void
}

/** Holds explanations against the data plane; rejects with the first difference, and its seed. */
export async function compareAll({ seed, configurations, requests, progress }: Share): Promise<Seen> {
  const seen: Seen = new Map()
  for (let i = 0; i < configurations; i++) {
    const random = seeded(seed + i)
    const plan = await settledPlan(random)
    await compareOne(plan, random, requests, seen).catch((cause: unknown) => {
      throw new Error(`configuration ${i} of seed ${seed}`, { cause })
    })
    progress?.((i + 1) * requests)
  }
  return seen
}

/** A generated configuration without the routes that a load refuses. */
async function settledPlan(random: Random): Promise<Plan> {
  const configuration = generateConfiguration(random)
  for (;;) {
    const { plan, findings } = await loadObject(configuration, { cwd: '/', env: {}, registry })
    if (plan !== undefined) return plan
    const before = Object.keys(configuration.routes).length
    for (const { path, severity } of findings) {
      const [section, name = ''] = path.split('.')
      if (severity === 'error' && section === 'routes') delete configuration.routes[name]
    }
    assert.notEqual(Object.keys(configuration.routes).length, before, JSON.stringify(findings))
  }
}

async function compareOne(plan: Plan, random: Random, requests: number, seen: Seen): Promise<void> {
  const templates = plan.routes.flatMap(({ match }) => match.map(({ path }) => path))
  const plane = await observedDataPlane(plan, registry)
  const explainer = await createExplainer(plan, { registry })
  try {
    for (let i = 0; i < requests; i++) {
      const request = generateRequest(random, templates)
      const [explained, observed] = [await explainer.explain(request), await plane.ask(request)]
      try {
        compare(explained, observed)
      } catch (cause) {
        const shown = { ...explained, candidates: explained.candidates.slice(0, 3) }
        throw new Error(`${JSON.stringify(request)}\n${JSON.stringify(shown)}`, { cause })
      }
      count(seen, explained, observed)
      if (i % 100 === 0) assert.deepEqual(await explainer.explain(request), explained, 'the same request, the same explanation')
    }
  } finally {
    await explainer.end()
    await plane.end()
  }
}

function compare(explained: Explanation, observed: Observed): void {
  const entered = explained.policies.filter((policy) => policy.entered).map(({ kind }) => kind)
  assert.deepEqual(
    { route: explained.route, entered, status: statusOf(explained), code: explained.code, from: explained.from },
    {
      route: observed.route,
      entered: observed.entered,
      status: observed.status,
      code: observed.code,
      from: observed.from,
    },
  )
  assert.equal(explained.refused?.fault ?? explained.fault ?? '', observed.fault)
  // The twin alone, against what was served.
  if (observed.fault === 'no_route' || observed.fault === 'method_not_allowed') assert.equal(explained.outcome, observed.fault)
  assert.deepEqual(explained.allow, observed.allow)
  const winner = explained.candidates.find(({ reason }) => reason === 'wins')
  if (explained.outcome !== 'refused') assert.equal(winner?.route ?? '', observed.route)
  assert.equal(explained.outcome === 'route', observed.route !== '')
  for (const { kind, entered: came, acts } of explained.policies)
    if (!came) assert.ok(!acts.some(({ hook }) => hook === 'request'), `${kind} acted without being entered`)
}

/** The status that a client gets, where a service says `SERVICE_STATUS`. */
function statusOf({ status, policies }: Explanation): number {
  if (status !== 'service') return status
  const changes = policies.flatMap(({ acts }) => acts.filter(({ hook }) => hook === 'response').map((act) => act.status))
  return changes.find((one) => one !== undefined) ?? SERVICE_STATUS
}

function count(seen: Seen, { outcome, preflight, status, policies }: Explanation, { fault, code, rejected }: Observed): void {
  const add = (what: string): void => void seen.set(what, (seen.get(what) ?? 0) + 1)
  add('requests')
  add(outcome)
  if (rejected) add('refused head')
  if (preflight) add('preflight')
  if (status === 'service') add('service')
  if (code !== '') add(`refused by ${code}`)
  if (fault !== '') add(`fault ${fault}`)
  for (const { kind, acts } of policies) if (acts.length > 0) add(`acted ${kind}`)
}
