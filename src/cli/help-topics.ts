// The topics of `tidegate help`: every page of docs/ by its name, every key of the configuration by its section of the reference. They come
// with the package, so that help needs no network.
import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

const DOCS = join(import.meta.dirname, '../../docs')
const SECTIONS = 'Sections of the configuration'
const FAULTS = 'Codes of faults and refusals'
const REFERENCE = 'reference/configuration.md'

/** A page, or a part of one. */
export interface TopicPart {
  /** Relative to docs/. */
  readonly page: string
  /** A heading; '' for the whole page. */
  readonly heading: string
}

export interface Topics {
  /** By name. What several pages and sections are about is told by all of them, the page first. */
  readonly parts: ReadonlyMap<string, readonly TopicPart[]>
  /** Names by group, for the list. */
  readonly groups: ReadonlyMap<string, readonly string[]>
}

/** All that there is; no topic when the package came without its documents. */
export function readTopics(): Topics {
  const parts = new Map<string, TopicPart[]>()
  const groups = new Map<string, string[]>(ORDER.map((group) => [group, []]))
  const add = (group: string, name: string, page: string, heading = ''): void => {
    const known = parts.get(name)
    if (known === undefined) parts.set(name, [{ page, heading }])
    else known.push({ page, heading })
    const names = groups.get(group) ?? []
    groups.set(group, names.includes(name) ? names : [...names, name])
  }
  const pages = globSync('**/*.md', { cwd: DOCS }).map((page) => page.replaceAll('\\', '/'))
  // A code and the policy that refuses with it may have one name: the policy's page is the first to read.
  for (const page of pages.toSorted((a, b) => Number(a.startsWith('faults/')) - Number(b.startsWith('faults/')) || (a < b ? -1 : 1))) {
    const folder = dirname(page)
    const name =
      page === REFERENCE ? 'reference' : basename(page) === 'README.md' ? basename(folder === '.' ? 'docs' : folder) : basename(page, '.md')
    add(GROUPS.get(folder) ?? 'Pages', name, page)
  }
  if (!pages.includes(REFERENCE)) return { parts, groups }
  for (const [, heading = ''] of pageText(REFERENCE).matchAll(/^##+ (.+)$/gm)) {
    const policy = /^Policy (.+)$/.exec(heading)?.[1]
    if (policy !== undefined) add('Policies', policy, REFERENCE, heading)
    else if (/^[A-Za-z]+$/.test(heading)) add(SECTIONS, heading, REFERENCE, heading)
  }
  return { parts, groups }
}

/** As they are listed. */
const ORDER = ['Guides', 'Pages', SECTIONS, 'Policies', FAULTS, 'Decisions'] as const

const GROUPS: ReadonlyMap<string, string> = new Map([
  ['guides', 'Guides'],
  ['policies', 'Policies'],
  ['faults', FAULTS],
  ['decisions', 'Decisions'],
])

const pageText = (page: string): string => readFileSync(join(DOCS, page), 'utf8')

/** `docs/policies/cors.md`, `policies/cors` and `cors` are one topic; `docs/explain` is the page where a command has the name. */
export function topicText(topics: Topics, wanted: string): string | undefined {
  const path = wanted.replace(/^docs\//, '').replace(/\.md$/, '')
  const byPath =
    path === wanted && !path.includes('/') ? undefined : [...topics.parts.values()].flat().find(({ page }) => page === `${path}.md`)
  const parts = byPath === undefined ? topics.parts.get(wanted) : [byPath]
  return parts?.map(partText).join('\n') ?? keyText(wanted)
}

/**
 * The rows of the reference about a key below a section, and about what lies below it: `limits.body` is one of the gateway and one of
 * each route, `routes.shop.match` is `routes.NAME.match`. undefined when there is none.
 */
export function keyText(wanted: string): string | undefined {
  const steps = wanted.replaceAll('[]', '').split('.')
  const rows = pageText(REFERENCE)
    .split('\n')
    .filter((line) => isAbout(/^\| `([^`]+)` \|/.exec(line)?.[1]?.replaceAll('[]', '').split('.') ?? [], steps))
  return rows.length === 0
    ? undefined
    : [`# ${wanted}`, '', '| key | type | range | default |  |', '|---|---|---|---|---|', ...rows, ''].join('\n')
}

/** `steps` stand in the key one after another; what is a name of the user's choice there is any name. */
const isAbout = (key: readonly string[], steps: readonly string[]): boolean =>
  key.some((_, from) => steps.every((step, i) => key[from + i] === step || (i > 0 && key[from + i] === 'NAME')))

function partText({ page, heading }: TopicPart): string {
  const text = pageText(page)
  if (heading === '') return text
  const lines = text.split('\n')
  const start = lines.findIndex((line) => /^##+ /.test(line) && line.replace(/^##+ /, '') === heading)
  const depth = /^#+/.exec(lines[start] ?? '')?.[0].length ?? 0
  const rest = lines.slice(start + 1)
  const end = rest.findIndex((line) => /^#+ /.test(line) && (/^#+/.exec(line)?.[0].length ?? 0) <= depth)
  return [lines[start], ...rest.slice(0, end < 0 ? rest.length : end)].join('\n')
}
