// The templates of a route's match alternatives, read once at load: the table is arranged by them, and what they bind is what policies
// and handlers may name.
import { parsePathTemplate, type PathTemplate } from '../http/path-template.ts'

export interface RouteTemplates {
  /** One for each alternative, in order; undefined for one that could not be read. */
  readonly each: readonly (PathTemplate | undefined)[]
  /** The parameters that every alternative binds, in the order in which a match fills them. */
  readonly params: readonly string[]
  /** Why those that could not be read were not. */
  readonly problems: readonly string[]
}

/** Reads the path of each alternative of a route. */
export function readTemplates(match: readonly { readonly path: string }[]): RouteTemplates {
  const problems: string[] = []
  const each = match.map(({ path }) => {
    const parsed = parsePathTemplate(path)
    if (parsed.ok) return parsed.template
    problems.push(`${path}: ${parsed.message}`)
    return undefined
  })
  return { each, params: commonNames(each), problems }
}

function commonNames([first, ...others]: RouteTemplates['each']): readonly string[] {
  const names = first?.names ?? []
  return others.length === 0 ? names : names.filter((name) => others.every((other) => other?.names.includes(name) === true))
}
