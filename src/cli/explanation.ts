// An explanation for eyes: the winner first, then its policies, where it goes and for how long, and what it was not.
import { faults } from '../base/fault.ts'
import { formatDuration } from '../base/duration.ts'
import type { PolicyAct } from '../runtime/explain-recorder.ts'
import type { ExplainedPolicy, Explanation } from '../runtime/explain-report.ts'
import type { ExplainedTarget } from '../runtime/explain-target.ts'
import { printableLine, styled } from './output.ts'

/** Losers that are listed without `--all`. */
const FEW = 8

type Row = readonly [label: string, text: string]

/** One element a line. `all`: every loser, however many. */
export function explanationLines(explained: Explanation, method: string, url: string, all: boolean): string[] {
  const { request, listener, from, policies, target, preflight } = explained
  const asked =
    request === undefined
      ? `${method} ${url}`
      : `${request.method} ${request.host}${request.path}${request.query === '' ? '' : `?${request.query}`}`
  const rows: Row[] = [
    ['request', `${asked}  from ${from}${listener === '' ? ', on whose port nothing listens' : `, listener ${listener}`}`],
    ['answer', answerOf(explained)],
    ...routeRows(explained),
    ...labelled('policies', preflight ? ['a preflight: answered before any policy', ...acting(policies)] : policyTexts(policies)),
    ...(target === undefined ? [] : targetRows(target, explained)),
    ...labelled(
      'nearest',
      explained.nearest.map(({ route, match, why }) => `${route}  ${match}  (${why})`),
    ),
    ...labelled('not these', losers(explained, all)),
  ]
  const width = Math.max(...rows.map(([label]) => label.length))
  const answered = explained.fault === undefined && explained.refused === undefined ? 'green' : 'red'
  return rows.map(([label, text]) => {
    const shown = printableLine(text)
    const coloured = label === 'answer' ? styled(answered, shown, process.stdout) : shown
    return `${styled('dim', label.padEnd(width), process.stdout)}  ${coloured}`
  })
}

/** The first of `texts` beside `label`, the others below it. */
const labelled = (label: string, texts: readonly string[]): Row[] => texts.map((text, i) => [i === 0 ? label : '', text])

function answerOf({ status, fault, code, allow, refused }: Explanation): string {
  if (status === 'service') return 'what the service answers'
  const why = fault ?? refused?.fault
  if (why === undefined) return `${status}, by the gateway itself`
  const more = allow.length > 0 ? `; Allow: ${allow.join(', ')}` : ''
  return `${status} ${code === '' ? why : code}: ${faults[why].title}${more}`
}

function routeRows({ route, match, params, outcome }: Explanation): Row[] {
  if (route === '') return outcome === 'refused' ? [] : [['route', 'none']]
  const values = Object.entries(params).map(([name, value]) => `${name} = ${value}`)
  return [['route', [`${route}  ${match}`, ...values].join('  ')]]
}

const policyTexts = (policies: readonly ExplainedPolicy[]): string[] => {
  const kinds = Math.max(0, ...policies.map(({ kind }) => kind.length))
  const origins = Math.max(0, ...policies.map(({ origin }) => origin.length))
  return policies.map((policy) => {
    const did = policy.entered ? actsOf(policy.acts) || 'nothing to do' : 'not reached'
    return `${policy.kind.padEnd(kinds)}  ${policy.origin.padEnd(origins)}  ${did}`
  })
}

const acting = (policies: readonly ExplainedPolicy[]): string[] =>
  policyTexts(policies.filter(({ acts }) => acts.length > 0).map((policy) => ({ ...policy, entered: true })))

const actsOf = (acts: readonly PolicyAct[]): string =>
  acts
    .map(actOf)
    .filter((text) => text !== '')
    .join('; ')

function actOf({ hook, did, status, code, message, changed = [] }: PolicyAct): string {
  const where = hook === 'request' || hook === 'preflight' ? '' : `${hook}: `
  const what = did === 'nothing' && (status !== undefined || changed.length > 0) ? '' : did
  const parts = [
    what === 'nothing'
      ? ''
      : [what, status, code, did === 'replies' && message !== undefined ? `(${message})` : message]
          .filter((part) => part !== undefined && part !== '')
          .join(' '),
    changed.length > 0 ? `changes ${changed.join(', ')}` : '',
  ].filter((part) => part !== '')
  return parts.length === 0 ? '' : where + parts.join(', ')
}

function targetRows(target: ExplainedTarget, { bodyLimit }: Explanation): Row[] {
  switch (target.kind) {
    case 'reply':
      return [['target', `a reply of the route, ${target.status}`]]
    case 'redirect':
      return [['target', `a redirect, ${target.status}, to ${target.location === '' ? target.to : target.location}`]]
    case 'forward': {
      const { split, service, endpoints, first, seen, rewrite, timeouts, mirror, retries } = target
      const others = endpoints.length > 1 ? ` (tried first of ${endpoints.length})` : ''
      const shares = split.map((part) => `${part.service} ${Math.round(part.share * 1_000) / 10}%`).join(', ')
      const gets = seen === undefined ? rewrite : `${seen.method} ${seen.target}, host ${seen.host}`
      const times = Object.entries(timeouts).map(([name, { ms, from }]) => `${name} ${ms === 0 ? 'none' : formatDuration(ms)} (${from})`)
      return [
        ['target', `service ${service}${first === '' ? ', which has no endpoint yet' : ` at ${first}${others}`}`],
        ...(split.length > 1 ? ([['split', shares]] as const) : []),
        ...(gets === '' ? [] : ([[seen === undefined ? 'rewrite' : 'it gets', gets]] as const)),
        ...(mirror === undefined
          ? []
          : ([['mirror', `${mirror.service}, ${Math.round(mirror.sample * 1_000) / 10}% of the requests`]] as const)),
        ...labelled('timeouts', [times.slice(0, 4).join(', '), times.slice(4).join(', ')]),
        ['retries', `${retries} at most`],
        ['body', bodyLimit?.bytes === undefined ? 'no limit' : `at most ${sizeOf(bodyLimit.bytes)} (${bodyLimit.from})`],
      ]
    }
    default: {
      const never: never = target
      return never
    }
  }
}

/** The shortest exact spelling of a number of bytes. */
function sizeOf(bytes: number): string {
  for (const [unit, size] of [
    ['GiB', 2 ** 30],
    ['MiB', 2 ** 20],
    ['KiB', 2 ** 10],
  ] as const)
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`
  return `${bytes}B`
}

function losers({ candidates }: Explanation, all: boolean): string[] {
  const lost = candidates.filter(({ reason }) => reason !== 'wins')
  // What shares nothing with the request is worth a line only when it is asked for.
  const near = lost.filter(({ reason, closeness }) => reason !== 'path' || closeness > 300)
  const shown = all ? lost : near.slice(0, FEW)
  const names = Math.max(0, ...shown.map(({ route }) => route.length))
  const matches = Math.min(48, Math.max(0, ...shown.map(({ match }) => match.length)))
  const lines = shown.map(({ route, match, why }) => `${route.padEnd(names)}  ${match.padEnd(matches)}  ${why}`)
  const rest = lost.length - shown.length
  return rest > 0 ? [...lines, `${rest} more${shown.length > 0 ? '' : ', none of them near'} (--all)`] : lines
}
