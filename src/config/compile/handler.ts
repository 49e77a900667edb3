// What answers a route: exactly one of `service`, `split`, `reply` and `redirect`, with the templates inside it checked.
import { parseLocation, parseRewrite, parseTemplate } from '../../http/template.ts'
import { DEFAULTS } from '../defaults.ts'
import { join, placeAt, type Node, type Place } from '../load/node.ts'
import type { Problems } from '../load/problems.ts'
import { remedy } from '../load/suggest.ts'
import type { HandlerPlan } from '../plan.ts'
import { readAuthority } from '../schema/addresses.ts'
import type { RouteInput, RouteParts } from '../schema/routes.ts'
import { foreignInTarget } from './foreign-spelling.ts'
import { inside } from './match.ts'

const HANDLERS = ['service', 'split', 'reply', 'redirect'] as const
/** Framing and what belongs to the connection is written by the codec alone. */
const FRAMING = new Set([
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'upgrade',
  'te',
  'trailer',
  'proxy-connection',
  'date',
])
const BODYLESS = new Set([204, 205, 304])

export interface RouteContext {
  readonly path: string
  readonly node: Node
  /** Where the route's key stands. */
  readonly place: Place
  /** Parameters that templates may name; undefined when `match` could not be read, so that they are not judged. */
  readonly params: readonly string[] | undefined
  readonly problems: Problems
  /** Names of all services, readable or not. */
  readonly services: ReadonlySet<string>
  /** Services that something refers to; added to. */
  readonly used: Set<string>
  /** What forwards everything to one service, by its name: one for all routes that say no more. Added to. */
  readonly forwards: Map<string, HandlerPlan>
  /** Every key of the route could be read; else what is missing may be what could not. */
  readonly isWhole: boolean
}

/** Undefined when there is none or too many. */
export function compileHandler(route: RouteParts, context: RouteContext): HandlerPlan | undefined {
  const { node, path, problems, place } = context
  const present = HANDLERS.filter((key) => route[key] !== undefined)
  const [kind, other] = present
  if (kind === undefined) {
    if (context.isWhole) problems.error(place, path, 'nothing answers this route; say `service`, `split`, `reply` or `redirect`')
    return undefined
  }
  if (other !== undefined)
    problems.error(placeAt(node, [other]), join(path, other), `\`${kind}\` answers this route already; keep one of them`)
  if (kind === 'service' || kind === 'split') return forward(route, context)
  for (const key of ['rewrite', 'mirror', 'trailers', 'websocket'] as const) {
    if (route[key] !== undefined)
      problems.error(placeAt(node, [key]), join(path, key), `\`${key}\` is for what goes to a service; \`${kind}\` answers here`)
  }
  return kind === 'reply'
    ? reply(route.reply as NonNullable<RouteInput['reply']>, context)
    : redirect(route.redirect as NonNullable<RouteInput['redirect']>, context)
}

function forward(route: RouteParts, context: RouteContext): HandlerPlan {
  const { node, path, problems, forwards } = context
  const split = route.service === undefined ? (route.split ?? []) : [{ service: route.service, weight: 1 }]
  split.forEach(({ service }, i) => reference(service, route.service === undefined ? ['split', i, 'service'] : ['service'], context))
  if (split.every(({ weight }) => weight === 0))
    problems.error(placeAt(node, ['split']), join(path, 'split'), 'every weight is 0, so no service gets requests')
  const twice = split.findIndex(({ service }, i) => split.findIndex((each) => each.service === service) !== i)
  if (twice !== -1)
    problems.error(
      placeAt(node, ['split', twice, 'service']),
      `${path}.split.${twice}.service`,
      `\`${split[twice]?.service}\` is listed twice; give it one weight`,
    )
  if (route.mirror !== undefined) reference(route.mirror.service, ['mirror', 'service'], context)
  if (route.rewrite !== undefined) checkPath(route.rewrite, ['rewrite'], context, parseRewrite)
  if (route.mirror !== undefined)
    return { kind: 'forward', split, mirror: { service: route.mirror.service, sample: route.mirror.sample ?? DEFAULTS.sample } }
  if (route.service === undefined) return { kind: 'forward', split, mirror: undefined }
  const same = forwards.get(route.service)
  if (same !== undefined) return same
  const handler: HandlerPlan = { kind: 'forward', split, mirror: undefined }
  forwards.set(route.service, handler)
  return handler
}

function reference(service: string, steps: readonly PropertyKey[], { node, path, problems, services, used }: RouteContext): void {
  used.add(service)
  if (services.has(service)) return
  problems.error(
    placeAt(node, steps),
    `${path}.${steps.join('.')}`,
    `there is no service \`${service}\`${remedy(service, [...services], 'services are')}`,
  )
}

function reply({ status = 200, headers = {}, body, json }: NonNullable<RouteInput['reply']>, context: RouteContext): HandlerPlan {
  const { node, path, problems } = context
  if (body !== undefined && json !== undefined)
    problems.error(placeAt(node, ['reply', 'json']), `${path}.reply.json`, 'say `body` or `json`, not both')
  if (BODYLESS.has(status) && (body ?? json) !== undefined)
    problems.error(placeAt(node, ['reply', 'status']), `${path}.reply.status`, `a reply with status ${status} has no body`)
  const fields: string[] = []
  for (const [written, value] of Object.entries(headers)) {
    const name = written.toLowerCase()
    const where = `${path}.reply.headers.${written}`
    if (FRAMING.has(name))
      problems.error(placeAt(node, ['reply', 'headers', written]), where, `\`${name}\` is written by the gateway itself`)
    else if (fields.some((each, i) => i % 2 === 0 && each === name))
      problems.error(placeAt(node, ['reply', 'headers', written]), where, `\`${name}\` stands twice, in different capitals`)
    fields.push(name, value)
  }
  if (body !== undefined) checkTemplate(body, ['reply', 'body'], context, parseTemplate)
  const type = json === undefined ? 'text/plain; charset=utf-8' : 'application/json'
  if ((body ?? json) !== undefined && !fields.some((each, i) => i % 2 === 0 && each === 'content-type')) fields.push('content-type', type)
  return { kind: 'reply', status, fields, body: json === undefined ? body : JSON.stringify(json), json: json !== undefined }
}

function redirect({ to, status = DEFAULTS.redirect }: NonNullable<RouteInput['redirect']>, context: RouteContext): HandlerPlan {
  const { node, path, problems } = context
  const where = ['redirect', 'to']
  const host = /^https?:\/\/([^/?#]*)/.exec(to)?.[1]
  const wrong = host === undefined ? undefined : hostMessage(host)
  if (wrong !== undefined) problems.error(placeAt(node, where), `${path}.redirect.to`, wrong)
  else if (host === undefined) checkPath(to, where, context, parseLocation)
  else checkTemplate(to, where, context, parseLocation)
  return { kind: 'redirect', to, status }
}

function hostMessage(host: string): string | undefined {
  if (host === '' || /[{}@\\\s]/.test(host))
    return 'the host of a redirect is written out: no request may choose it, and it holds no credentials'
  const read = readAuthority(host)
  return 'message' in read ? read.message : undefined
}

type Parse = (
  text: string,
  names: readonly string[],
) => { readonly ok: true } | { readonly ok: false; readonly message: string; readonly at: number }

function checkPath(text: string, steps: readonly PropertyKey[], context: RouteContext, parse: Parse): void {
  const { node, path, problems } = context
  const where = `${path}.${steps.join('.')}`
  if (!text.startsWith('/') || /^\/[/\\]/.test(text))
    problems.error(
      placeAt(node, steps),
      where,
      `must be a path: it starts with one \`/\`${parse === parseLocation ? ', or an http or https URL with its host' : ''}`,
    )
  else if (parse === parseRewrite && /[?#]/.test(text))
    problems.error(placeAt(node, steps), where, 'a rewrite holds a path alone; the query stays as it came')
  else checkTemplate(text, steps, context, parse)
}

/** `parse` is what the snapshot will read it with, so that nothing that passes here is refused there. */
function checkTemplate(text: string, steps: readonly PropertyKey[], { node, path, params, problems }: RouteContext, parse: Parse): void {
  if (params === undefined) return
  const parsed = parse(text, params)
  const at = placeAt(node, steps) as Node
  const where = `${path}.${steps.join('.')}`
  const foreign = parse === parseTemplate ? undefined : foreignInTarget(text)
  if (!parsed.ok) problems.error(inside(at, parsed.at), where, parsed.message)
  else if (foreign !== undefined) problems.warning(inside(at, foreign.at), where, foreign.message)
}
