// Text with references to route parameters, `{id}`, as rewrites, redirects, replies and header values hold it; `{{` and `}}` are braces.
// Parsed at load; each value is encoded for the place that it goes to, so that no parameter can leave its place (A73).
import { CanonicalPath, canonicalPath, encodeQueryValue, isQuery } from './uri.ts'

/**
 * Where a template's text goes. `path`: the canonical encoded text that was matched. `query`: the decoded value, escaped. `header`:
 * the decoded value as UTF-8 bytes, controls escaped. `body`: decoded text as it is; `json`: inside a JSON string; `html`: inside HTML or
 * XML text or a quoted attribute.
 */
export type Place = 'path' | 'query' | 'header' | 'body' | 'json' | 'html'

/** Literal text, or the index of the parameter that stands there. */
export type TemplatePart = string | number

/** A parsed template: parts in order, `params` given by index. */
export class Template {
  readonly parts: readonly TemplatePart[]

  constructor(parts: readonly TemplatePart[]) {
    this.parts = parts
  }

  /** The text for `place`. `params` are raw canonical values as `RouteMatchResult.params` holds them, in the order of the names parsed with. */
  render(place: Place, params: readonly string[]): string {
    const encode = encoders[place]
    let text = ''
    for (const part of this.parts) text += typeof part === 'string' ? part : encode(params[part] ?? '')
    return text
  }
}

/** `at` is the offset in the text that the message is about. */
export type ParsedTemplate =
  | { readonly ok: true; readonly template: Template }
  | { readonly ok: false; readonly message: string; readonly at: number }

/** Reads a template whose references may name `names`, those parameters that the route's every alternative binds. */
export function parseTemplate(text: string, names: readonly string[]): ParsedTemplate {
  const parts: TemplatePart[] = []
  let literal = ''
  for (let at = 0; at < text.length;) {
    const char = text[at] as string
    if ((char === '{' || char === '}') && text[at + 1] === char) {
      literal += char
      at += 2
    } else if (char === '{') {
      const close = text.indexOf('}', at)
      if (close === -1) return bad('`{` without its `}`; a literal brace is written `{{`', at)
      const name = text.slice(at + 1, close)
      const index = names.indexOf(name)
      if (index === -1) return bad(unknownName(name, names), at + 1)
      if (literal !== '') parts.push(literal)
      parts.push(index)
      literal = ''
      at = close + 1
    } else if (char === '}') {
      return bad('`}` without its `{`; a literal brace is written `}}`', at)
    } else {
      literal += char
      at++
    }
  }
  if (literal !== '') parts.push(literal)
  return { ok: true, template: new Template(parts) }
}

/** Reads a rewrite: a path template whose result takes the place of the request's path. The query stays the request's own. */
export function parseRewrite(text: string, names: readonly string[]): ParsedTemplate {
  const odd = text.search(/[?#]/)
  if (odd !== -1) return bad('a rewrite is a path; the query stays as it came', odd)
  const parsed = parseTemplate(text, names)
  if (!parsed.ok) return parsed
  if (!text.startsWith('/')) return bad('a rewrite starts with `/`', 0)
  return checkedPath(parsed.template.parts) ?? bad('this is not what a path can hold: no dot segments, no control, no space', 0)
}

/**
 * The path that a rewrite gives, canonical and never starting with `//` (A29); undefined when the values would make a dot segment or
 * anything else that is no path: `bad_path`.
 */
export function renderRewrite(template: Template, params: readonly string[]): string | undefined {
  const text = template.render('path', params)
  // What a value may not do is move the request to another directory; resolving it silently would.
  return DOT_SEGMENT.test(text) || canonicalPath(text, rendered) !== undefined ? undefined : rendered.path
}

/** Where a redirect goes: an origin or '', then a path, then a query or fragment with its leading `?` or `#`, or ''. */
export interface LocationTemplate {
  readonly origin: string
  readonly path: Template
  readonly suffix: Template
}

export type ParsedLocation =
  | { readonly ok: true; readonly template: LocationTemplate }
  | { readonly ok: false; readonly message: string; readonly at: number }

/** Reads a redirect's `to`: a path on this host, or an absolute http(s) URL whose host is literal (A73: no value may choose the host). */
export function parseLocation(text: string, names: readonly string[]): ParsedLocation {
  const origin =
    /^https?:\/\/[A-Za-z0-9.\-_~]+(?::[0-9]{1,5})?(?=[/?#]|$)|^https?:\/\/\[[0-9A-Fa-f:.]+\](?::[0-9]{1,5})?(?=[/?#]|$)/.exec(text)?.[0] ??
    ''
  const target = text.slice(origin.length)
  if (origin === '' && !/^\/(?!\/)/.test(target))
    return bad('a redirect goes to a path (`/new`) or to an http(s) URL with a literal host', 0)
  const cut = target.search(/[?#]/)
  const pathText = cut === -1 ? target : target.slice(0, cut)
  const path = parseTemplate(pathText === '' ? '/' : pathText, names)
  if (!path.ok) return bad(path.message, origin.length + path.at)
  const checked = checkedPath(path.template.parts)
  if (checked === undefined) return bad('this is not what a path can hold: no dot segments, no control, no space', origin.length)
  const suffix = parseTemplate(cut === -1 ? '' : target.slice(cut), names)
  if (!suffix.ok) return bad(suffix.message, origin.length + cut + suffix.at)
  const literal = suffix.template.parts
    .filter((part) => typeof part === 'string')
    .join('')
    .replaceAll('#', '')
  if (!isQuery(literal)) return bad('a character that no query holds; write it as an escape', origin.length + cut)
  return { ok: true, template: { origin, path: checked.template, suffix: suffix.template } }
}

/** The value of `Location`; undefined when the values make no path. Without an origin it starts with exactly one `/`. */
export function renderLocation(location: LocationTemplate, params: readonly string[]): string | undefined {
  const path = renderRewrite(location.path, params)
  return path === undefined ? undefined : location.origin + path + location.suffix.render('query', params)
}

/** What body templates of this media type need: values inside JSON strings and markup are escaped, elsewhere they stand as text. */
export function bodyPlace(contentType: string): Place {
  const essence = contentType.split(';', 1)[0]?.toLowerCase() ?? ''
  if (/[/+]json[ \t]*$/.test(essence)) return 'json'
  return /html|xml|svg/.test(essence) ? 'html' : 'body'
}

/** A raw path value as the text that it means. Canonical values are well-formed; anything else stays as it is. */
export function decodeParam(raw: string): string {
  if (!raw.includes('%')) return raw
  try {
    return decodeURIComponent(raw)
  } catch {
    return raw
  }
}

const rendered = new CanonicalPath()
const DOT_SEGMENT = /\/\.{1,2}(?:[/;]|$)/

interface Bad {
  readonly ok: false
  readonly message: string
  readonly at: number
}

const bad = (message: string, at: number): Bad => ({ ok: false, message, at })

/** What brings each root of an expression. No parameter is called so (`path-template.ts`). */
const LATER_ROOTS: Readonly<Record<string, string>> = {
  request: 'expressions come in a later release',
  response: 'expressions come in a later release',
  principal: 'it comes with authentication',
  parts: 'it comes with aggregation',
  item: 'it comes with aggregation',
}

/** Why `{name}` cannot stand there, and what can. */
function unknownName(name: string, names: readonly string[]): string {
  const root = /^[A-Za-z_][A-Za-z0-9_]*/.exec(name)?.[0]
  // JSON or CSS, as a rule.
  if (root === undefined) return '`{` begins a name of a parameter; a literal brace is written `{{`'
  const listed = names.map((known) => `\`${known}\``).join(', ')
  const bare = name.slice('params.'.length)
  if (root === 'params' && names.includes(bare)) return `\`${name}\` is written \`{${bare}}\``
  const later = Object.hasOwn(LATER_ROOTS, root) ? LATER_ROOTS[root] : /^[.[(]/.test(name.slice(root.length)) ? LATER_ROOTS['request'] : ''
  if (later === '') {
    const known = listed === '' ? 'the route has no parameters' : `it has ${listed}`
    return `\`${name}\` is no parameter that every match of this route binds; ${known}`
  }
  const known = listed === '' ? ', and the route has none' : `: ${listed}`
  return `\`${name}\` is not available in this version yet: ${later}; until then parameters of the path stand here${known}`
}

/** The template with its literal text made canonical, or undefined when no values could make a path of it. */
function checkedPath(parts: readonly TemplatePart[]): { readonly ok: true; readonly template: Template } | undefined {
  const canonical: TemplatePart[] = []
  for (const part of parts) {
    if (typeof part === 'number') {
      canonical.push(part)
      continue
    }
    if (DOT_SEGMENT.test(`x${part}x`)) return undefined
    const escaped = part.toWellFormed().replaceAll(/[^\0-\x7f]+/g, (run) => encodeURIComponent(run))
    // Between two characters, so that slashes and dots at its ends stay.
    if (canonicalPath(`/x${escaped}x`, rendered) !== undefined) return undefined
    canonical.push(rendered.unmerged.slice(2, -1))
  }
  const probe = new Template(canonical)
  return renderRewrite(
    probe,
    parts.map(() => 'x'),
  ) === undefined
    ? undefined
    : { ok: true, template: probe }
}

const encoders: Readonly<Record<Place, (raw: string) => string>> = {
  path: (raw) => raw,
  query: (raw) => encodeQueryValue(decodeParam(raw)),
  header: (raw) => headerText(decodeParam(raw)),
  body: decodeParam,
  json: (raw) => JSON.stringify(decodeParam(raw)).slice(1, -1),
  html: (raw) => decodeParam(raw).replaceAll(/[&<>"'`]/g, (c) => `&#${c.charCodeAt(0)};`),
}

/** UTF-8 as latin1, one character a byte, as field values are held; what no field value may hold is escaped again. */
const headerText = (value: string): string =>
  Buffer.from(value, 'utf8')
    .toString('latin1')
    // oxlint-disable-next-line no-control-regex -- controls are what it is about
    .replaceAll(/[\0-\x08\x0a-\x1f\x7f]/g, (c) => `%${c.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`)
