// The templates that routes match paths with: `/products/{id}`, `/{name}.json`, `/files/{rest...}`. Parsed at load; `route/tree.ts`
// arranges them.
import { CanonicalPath, canonicalPath } from './uri.ts'

/** One parameter in a segment, between literal text that is canonical and may be empty. */
export interface ParamSegment {
  readonly prefix: string
  readonly name: string
  readonly suffix: string
}

export interface PathTemplate {
  /** Canonical text for literal segments. A trailing slash is a last segment of ''. */
  readonly segments: readonly (string | ParamSegment)[]
  /** The name of a final `{rest...}`, which stands for zero or more segments. */
  readonly rest: string | undefined
  /** Every parameter, from the left; the rest is the last. */
  readonly names: readonly string[]
}

/** `at` is the offset in the text that the message is about. */
export type ParsedPathTemplate =
  | { readonly ok: true; readonly template: PathTemplate }
  | { readonly ok: false; readonly message: string; readonly at: number }

/** What expressions read. A parameter called like one of them could not be told from it. */
const ROOTS: ReadonlySet<string> = new Set(['request', 'params', 'principal', 'parts', 'item', 'response'])

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

/**
 * Reads a template as written in a `match`. Literal text is made canonical, so that `/caf%c3%a9` and `/café` match what canonical paths
 * say; text that no canonical path contains (an empty or dot segment, a query) is refused, for it would never match.
 */
export function parsePathTemplate(text: string): ParsedPathTemplate {
  if (!text.startsWith('/')) return bad('a path starts with `/`', 0)
  const written = text.slice(1).split('/')
  const segments: (string | ParamSegment)[] = []
  const names: string[] = []
  let rest: string | undefined
  let at = 1
  for (const [index, segment] of written.entries()) {
    const last = index === written.length - 1
    const parsed = parseSegment(segment, last)
    if (typeof parsed === 'object' && 'message' in parsed) return bad(parsed.message, at + parsed.at)
    const name = typeof parsed === 'string' ? undefined : parsed.name
    if (name !== undefined) {
      if (names.includes(name)) return bad(`the parameter \`${name}\` stands here twice`, at)
      names.push(name)
    }
    if (typeof parsed !== 'string' && 'rest' in parsed) rest = parsed.name
    else segments.push(parsed)
    at += segment.length + 1
  }
  return { ok: true, template: { segments, rest, names } }
}

/** Undefined when `name` may be a parameter, else why not. */
export function parameterNameProblem(name: string): string | undefined {
  if (!NAME.test(name)) return `\`${name}\` is no parameter name: letters, digits and \`_\`, not starting with a digit`
  return ROOTS.has(name) ? `\`${name}\` is what expressions call something else; give the parameter another name` : undefined
}

interface Bad {
  readonly ok: false
  readonly message: string
  readonly at: number
}

const bad = (message: string, at: number): Bad => ({ ok: false, message, at })

const LONE_BRACE = 'a brace without its partner; a literal one is written %7B or %7D'

function parseSegment(segment: string, last: boolean): string | ParamSegment | { readonly rest: true; readonly name: string } | Bad {
  const open = segment.indexOf('{')
  const close = segment.indexOf('}')
  if (open === -1 && close === -1) return segment === '' ? emptySegment(last) : literal(segment, false)
  if (open === -1 || close < open) return bad(LONE_BRACE, Math.max(open, close))
  const inner = segment.slice(open + 1, close)
  if (inner.includes('{')) return bad(LONE_BRACE, open)
  const after = segment.slice(close + 1)
  if (/[{}]/.test(after)) return bad('one parameter a segment', close + 1)
  const isRest = inner.endsWith('...')
  const name = isRest ? inner.slice(0, -3) : inner
  const problem = parameterNameProblem(name)
  if (problem !== undefined) return bad(problem, open + 1)
  if (isRest) {
    if (open > 0 || after !== '') return bad(`\`{${inner}}\` is whole segments: nothing may stand beside it`, open)
    return last ? { rest: true, name } : bad(`\`{${inner}}\` can only be the last segment`, open)
  }
  const prefix = literal(segment.slice(0, open), true)
  if (typeof prefix !== 'string') return prefix
  const suffix = literal(after, true)
  return typeof suffix === 'string' ? { prefix, name, suffix } : bad(suffix.message, close + 1 + suffix.at)
}

const emptySegment = (last: boolean): string | Bad => (last ? '' : bad('an empty segment: canonical paths have none', 0))

/** Canonical wherever it stands: nothing to escape or decode, and no dot. */
const PLAIN = /^[A-Za-z0-9_~-]*$/

/** Literal text in its canonical spelling. `beside`: a parameter stands beside it, so that dots make no dot segment. */
function literal(text: string, beside: boolean): string | Bad {
  // Nearly all text is, and reading templates is a third of what it takes to arrange 10,000 routes.
  if (PLAIN.test(text)) return text
  const odd = /[?#]/.exec(text)
  if (odd !== null) return bad(`a path holds no \`${odd[0]}\`; conditions on the query are written under \`query\``, odd.index)
  if (!beside && /^\.{1,2}(?:;|$)/.test(text)) return bad('a dot segment: canonical paths have none', 0)
  const escaped = escapeNonAscii(text)
  const canonical = new CanonicalPath()
  const lead = beside ? '/x' : '/'
  if (canonicalPath(lead + escaped, canonical) !== undefined) return bad(`\`${text}\` is not what a path can hold`, 0)
  return canonical.path.slice(lead.length)
}

const escapeNonAscii = (text: string): string => text.toWellFormed().replaceAll(/[^\0-\x7f]+/g, (run) => encodeURIComponent(run))
