// What a new plan changes, by name: for the line that a reload writes, and for whoever decides what to carry over.
import { urlHost } from '../base/ip.ts'
import type { Plan } from './plan.ts'

/** Names, in the order of the plan that has them. */
export interface Changes {
  readonly added: readonly string[]
  readonly removed: readonly string[]
  readonly changed: readonly string[]
}

export interface PlanDiff {
  readonly listeners: Changes
  readonly services: Changes
  readonly routes: Changes
  /** Single sections that differ: `limits`, `timeouts`, … */
  readonly sections: readonly string[]
  /** Nothing that a request could notice differs. */
  readonly same: boolean
}

const SECTIONS = [
  'workers',
  'state',
  'client',
  'limits',
  'timeouts',
  'unmatched',
  'accessLog',
  'admin',
  'probes',
  'plugins',
  'modules',
] as const

export function diffPlans(before: Plan, after: Plan): PlanDiff {
  const listeners = changes(before.listeners, after.listeners)
  const services = changes(before.services, after.services)
  const routes = changes(before.routes, after.routes)
  const sections = SECTIONS.filter((key) => spelled(before[key]) !== spelled(after[key]))
  const same = before.hash === after.hash || (sections.length === 0 && [listeners, services, routes].every(isNone))
  return { listeners, services, routes, sections, same }
}

/** `routes: +2 (a, b) −1 (c) ~1 (d); limits`, or `nothing`. */
export function describeDiff(diff: PlanDiff): string {
  if (diff.same) return 'nothing'
  const parts = (['listeners', 'services', 'routes'] as const).flatMap((kind) => {
    const { added, removed, changed } = diff[kind]
    const each = [count('+', added), count('−', removed), count('~', changed)].filter((text) => text !== '')
    return each.length === 0 ? [] : [`${kind}: ${each.join(' ')}`]
  })
  return [...parts, ...diff.sections.map((section) => (section === 'modules' ? 'code' : section))].join('; ')
}

/** `listens on 127.0.0.1:9001 now, no longer on *:9000`; '' when the addresses are the same. Costs nothing but the listeners. */
export function describeAddresses(before: Plan, after: Plan): string {
  const [old, next] = [addresses(before), addresses(after)]
  const came = [...next].filter((address) => !old.has(address))
  const went = [...old].filter((address) => !next.has(address))
  const parts = [came.length === 0 ? '' : `on ${came.join(', ')} now`, went.length === 0 ? '' : `no longer on ${went.join(', ')}`]
  return came.length + went.length === 0 ? '' : `listens ${parts.filter((part) => part !== '').join(', ')}`
}

const addresses = ({ listeners }: Plan): ReadonlySet<string> =>
  new Set(listeners.map(({ address, port }) => `${address === '' ? '*' : urlHost(address)}:${port}`))

/** Names that are told in one line; further ones are counted. */
const TOLD = 5

function count(sign: string, names: readonly string[]): string {
  if (names.length === 0) return ''
  return `${sign}${names.length} (${names.slice(0, TOLD).join(', ')}${names.length > TOLD ? ', …' : ''})`
}

function changes(before: readonly { readonly name: string }[], after: readonly { readonly name: string }[]): Changes {
  const old = new Map(before.map((each) => [each.name, each]))
  const names = new Set(after.map(({ name }) => name))
  return {
    added: after.flatMap(({ name }) => (old.has(name) ? [] : [name])),
    removed: before.flatMap(({ name }) => (names.has(name) ? [] : [name])),
    changed: after.flatMap((each) => {
      const twin = old.get(each.name)
      return twin === undefined || twin === each || spelled(twin) === spelled(each) ? [] : [each.name]
    }),
  }
}

const isNone = ({ added, removed, changed: altered }: Changes): boolean => added.length + removed.length + altered.length === 0

/** Plans are plain data whose keys `compile` writes in one order. */
const spelled = (value: unknown): string | undefined => JSON.stringify(value)
