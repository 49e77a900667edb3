// What a route's `match` says, in any of its forms → the alternatives of the plan, and the parameters that all of them bind.
import { METHODS, isMethod } from '../../http/method.ts'
import { parsePathTemplate } from '../../http/path-template.ts'
import { join, placeAt, type Node, type Place } from '../load/node.ts'
import type { Problems } from '../load/problems.ts'
import { remedy } from '../load/suggest.ts'
import type { CodePlan, MatchPlan } from '../plan.ts'
import type { ConditionsInput, RouteInput } from '../schema/routes.ts'
import { foreignInMatch } from './foreign-spelling.ts'

export interface Matching {
  readonly match: readonly MatchPlan[]
  /** Parameters that every alternative binds: what templates of the route may name. */
  readonly params: readonly string[]
}

/** A function that stands below the match, by the keys that lead to it. */
type CodeAt = (steps: readonly string[]) => CodePlan | undefined

const NO_CONDITIONS = { hosts: [], headers: [], query: [] }

/** Undefined when an alternative could not be read. */
export function compileMatch(
  match: RouteInput['match'],
  node: Node,
  path: string,
  problems: Problems,
  codeAt: CodeAt,
): Matching | undefined {
  const before = problems.errors
  const alternatives = Array.isArray(match) ? match : [match]
  const bound: (readonly string[])[] = []
  const plans = alternatives.flatMap((each, i) => {
    const at = Array.isArray(match) ? placeAt(node, [i]) : node
    const where = Array.isArray(match) ? join(path, i) : path
    const found =
      typeof each === 'string'
        ? fromText(each, at as Node, where, problems)
        : fromConditions(each, at as Node, where, problems, () => codeAt([...(Array.isArray(match) ? [`${i}`] : []), 'when']))
    bound.push(found.params)
    return found.plans
  })
  if (problems.errors > before) return undefined
  const [first = [], ...others] = bound
  return { match: plans, params: first.filter((name) => others.every((names) => names.includes(name))) }
}

interface Found {
  readonly plans: MatchPlan[]
  readonly params: readonly string[]
}

const NOTHING: Found = { plans: [], params: [] }

/** `GET /products/{id}` or `/products/{id}`. */
function fromText(text: string, node: Node, path: string, problems: Problems): Found {
  const space = text.indexOf(' ')
  const method = space === -1 ? undefined : text.slice(0, space)
  const template = text.slice(space + 1)
  const wrong = method === undefined ? barePathMessage(text) : (methodMessage(method) ?? pathMessage(template))
  if (wrong !== undefined) {
    problems.error(node, path, wrong)
    return NOTHING
  }
  const params = templateParams(template, node, space + 1, path, problems)
  return params === undefined ? NOTHING : { plans: [{ method, path: template, ...NO_CONDITIONS }], params }
}

/** Of a text without a space. */
const barePathMessage = (text: string): string | undefined =>
  isMethod(text.toUpperCase())
    ? `\`${text}\` names no path; write \`${text.toUpperCase()} /\`, or \`/\` for every method`
    : pathMessage(text)

function methodMessage(method: string): string | undefined {
  if (isMethod(method)) return undefined
  const capitals = method.toUpperCase()
  if (isMethod(capitals)) return `methods are written in capitals: \`${capitals}\``
  if (capitals.split(/[,|]/).every(isMethod))
    return 'several methods are several matches: `match: ["GET /a", "POST /a"]`, or a list under `methods`'
  return `\`${method}\` is not a method that is let in${remedy(method, METHODS, 'methods are')}`
}

function pathMessage(path: string): string | undefined {
  if (path.startsWith(' ')) return 'one space stands between the method and the path'
  return /^[a-z]+:\/\//i.test(path) ? `\`${path}\` is a URL; here stands its path, and its host under \`hosts\`` : undefined
}

function fromConditions(
  conditions: ConditionsInput,
  node: Node,
  path: string,
  problems: Problems,
  whenCode: () => CodePlan | undefined,
): Found {
  const { method, methods, hosts = [], headers = {}, query = {}, path: template = '/{rest...}' } = conditions
  if (method !== undefined && methods !== undefined)
    problems.error(placeAt(node, ['methods']), `${path}.methods`, 'say `method` or `methods`, not both')
  if (Object.keys(conditions).length === 0) problems.error(node, path, 'is empty; say at least a `path`')
  const params = templateParams(template, placeAt(node, ['path']) as Node, 0, join(path, 'path'), problems)
  if (params === undefined) return NOTHING
  const when = conditions.when === undefined ? undefined : whenCode()
  if (conditions.when !== undefined && when === undefined)
    problems.error(placeAt(node, ['when']), `${path}.when`, 'is no function of this configuration')
  const rest = {
    path: template,
    hosts: [...new Set(hosts)],
    headers: named(headers, true),
    query: named(query, false),
    ...(when !== undefined && { when }),
  }
  const each = methods ?? [method]
  return { plans: [...new Set(each)].map((one) => ({ method: one, ...rest })), params }
}

function templateParams(template: string, node: Node, shift: number, path: string, problems: Problems): readonly string[] | undefined {
  const parsed = parsePathTemplate(template)
  if (parsed.ok) {
    const foreign = foreignInMatch(template)
    if (foreign !== undefined) problems.warning(inside(node, shift + foreign.at), path, foreign.message)
    return parsed.template.names
  }
  problems.error(inside(node, shift + parsed.at), path, `${parsed.message}: \`${template}\``)
  return undefined
}

function named(record: Record<string, string>, lower: boolean): { name: string; value: string }[] {
  return Object.entries(record).map(([name, value]) => ({ name: lower ? name.toLowerCase() : name, value }))
}

/** The place of the character at `at` inside a scalar, as far as its spelling in the file allows to tell. */
export function inside(node: Node, at: number): Place {
  if (node.kind !== 'scalar' || node.secrets.length > 0) return node
  const first = node.source.text[node.offset]
  if (node.style === 'quoted' && first !== '"' && first !== "'") return node
  return { source: node.source, offset: node.offset + at + (node.style === 'quoted' ? 1 : 0) }
}
