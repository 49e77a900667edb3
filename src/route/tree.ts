// The segment tree of one host: finds the templates that match a path, most specific first, and stops at the first that has a candidate
// for the request. Every node is visited at most once a request and paths are never split as a whole, so that cost follows the depth of
// the templates and neither the number of routes nor the length of the path (A22).
import { ownString } from '../base/own-string.ts'
import type { PathTemplate } from '../http/path-template.ts'
import type { Leaf } from './leaf.ts'

/** What looks at the leaves that a path leads to, in their order; true ends the search. */
export interface LeafVisitor<T> {
  visit(leaf: Leaf<T>): boolean
}

export class Tree<T> {
  /** Templates without parameters, by their whole path. Nothing is more specific, so they are looked up first. */
  readonly #literals = new Map<string, Leaf<T>>()
  readonly #root = new Node<T>()

  /** The leaf of a template's shape: templates that differ only in the names of their parameters share one. `make` makes a new one. */
  leafOf(template: PathTemplate, make: () => Leaf<T>): Leaf<T> {
    if (template.names.length === 0) {
      // Own, flat strings as keys: comparing with a slice or a concatenation leaves V8's fast path.
      const path = ownString(`/${(template.segments as readonly string[]).join('/')}`)
      let leaf = this.#literals.get(path)
      if (leaf === undefined) this.#literals.set(path, (leaf = make()))
      return leaf
    }
    let node = this.#root
    for (const segment of template.segments) {
      if (typeof segment === 'string') node = node.literal(segment)
      else if (segment.prefix === '' && segment.suffix === '') node = node.param ??= new Node<T>()
      else node = node.affix(segment.prefix, segment.suffix)
    }
    return template.rest === undefined ? (node.leaf ??= make()) : (node.rest ??= make())
  }

  /**
   * Shows `visitor` the leaves for a canonical path, most specific first. Returns true when it took one; then `spans` begins with the
   * [start, end) pairs of its template's parameters in the path. What stands behind them is left from before.
   */
  search(path: string, visitor: LeafVisitor<T>, spans: number[]): boolean {
    const leaf = this.#literals.size > 0 ? this.#literals.get(path) : undefined
    if (leaf !== undefined && visitor.visit(leaf)) return true
    return path.charCodeAt(0) === 0x2f && this.#root.search(path, 0, visitor, spans, 0)
  }
}

/** Segments `prefix{param}suffix` by their literal lengths; all of one group differ in their text, so at most one matches. */
interface AffixGroup<T> {
  readonly prefix: number
  readonly suffix: number
  readonly nodes: Map<string, Node<T>>
}

const NO_AFFIXES: readonly never[] = []

class Node<T> {
  // Made when first needed: of the nodes of 10,000 routes half have neither.
  #literals: Map<string, Node<T>> | undefined = undefined
  /** The more literal text, then the longer prefix, the more specific. */
  #affixes: readonly AffixGroup<T>[] = NO_AFFIXES
  param: Node<T> | undefined = undefined
  /** Ends here. */
  leaf: Leaf<T> | undefined = undefined
  /** Takes all that follows. */
  rest: Leaf<T> | undefined = undefined

  literal(segment: string): Node<T> {
    this.#literals ??= new Map()
    let next = this.#literals.get(segment)
    if (next === undefined) this.#literals.set(ownString(segment), (next = new Node<T>()))
    return next
  }

  affix(prefix: string, suffix: string): Node<T> {
    let group = this.#affixes.find((g) => g.prefix === prefix.length && g.suffix === suffix.length)
    if (group === undefined) {
      group = { prefix: prefix.length, suffix: suffix.length, nodes: new Map() }
      this.#affixes = [...this.#affixes, group].toSorted((a, b) => b.prefix + b.suffix - a.prefix - a.suffix || b.prefix - a.prefix)
    }
    let next = group.nodes.get(`${prefix}/${suffix}`)
    if (next === undefined) group.nodes.set(`${prefix}/${suffix}`, (next = new Node<T>()))
    return next
  }

  /**
   * `at` is where the slash before the next segment stands, or the path's length; `bound` how much of `spans` is taken. Recursion is as
   * deep as templates are long.
   */
  search(path: string, at: number, visitor: LeafVisitor<T>, spans: number[], bound: number): boolean {
    if (at === path.length) {
      if (this.leaf !== undefined && visitor.visit(this.leaf)) return true
      return this.#takeRest(at, at, visitor, spans, bound)
    }
    const start = at + 1
    const slash = path.indexOf('/', start)
    const end = slash === -1 ? path.length : slash
    if (this.#literals !== undefined) {
      const next = this.#literals.get(path.slice(start, end))
      if (next !== undefined && next.search(path, end, visitor, spans, bound)) return true
    }
    for (const group of this.#affixes) {
      const from = start + group.prefix
      const to = end - group.suffix
      if (from >= to || (group.suffix > 0 && splitsEscape(path, to))) continue
      const next = group.nodes.get(`${path.slice(start, from)}/${path.slice(to, end)}`)
      if (next !== undefined && next.#take(path, from, to, end, visitor, spans, bound)) return true
    }
    if (this.param !== undefined && end > start && this.param.#take(path, start, end, end, visitor, spans, bound)) return true
    return this.#takeRest(start, path.length, visitor, spans, bound)
  }

  #take(path: string, from: number, to: number, end: number, visitor: LeafVisitor<T>, spans: number[], bound: number): boolean {
    spans[bound] = from
    spans[bound + 1] = to
    return this.search(path, end, visitor, spans, bound + 2)
  }

  #takeRest(from: number, to: number, visitor: LeafVisitor<T>, spans: number[], bound: number): boolean {
    if (this.rest === undefined) return false
    spans[bound] = from
    spans[bound + 1] = to
    return visitor.visit(this.rest)
  }
}

/** True when `at` lies inside an escape: a suffix `1` must not take the last digit of `%C1`. */
const splitsEscape = (path: string, at: number): boolean => path.charCodeAt(at - 1) === 0x25 || path.charCodeAt(at - 2) === 0x25
