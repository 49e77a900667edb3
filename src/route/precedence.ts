// What must be settled at load: routes that could answer the same request at equal rank, and the `over` that says which one does.
import { conditions, type Candidate, type Leaf } from './leaf.ts'

export interface RouteProblem {
  /** The routes that it is about. */
  readonly routes: readonly string[]
  readonly message: string
}

interface Named {
  readonly name: string
  readonly over: readonly string[]
}

/** The routes' `over`, checked: `rank` is an order in which every route comes before those that it is over. */
export class Precedence {
  readonly problems: RouteProblem[] = []
  /** By the name of the route that says it. Few do. */
  readonly #over = new Map<string, ReadonlySet<string>>()
  readonly #rank = new Map<string, number>()
  readonly #told = new Set<string>()

  constructor(entries: readonly Named[]) {
    const saying = entries.filter(({ over }) => over.length > 0)
    if (saying.length === 0) return
    const names = new Set(entries.map(({ name }) => name))
    for (const { name, over } of saying) {
      for (const other of over) {
        if (other === name) this.#report([name], `\`over\` of \`${name}\` names the route itself`)
        else if (!names.has(other)) this.#report([name], `\`over\` of \`${name}\` names \`${other}\`, which is no route`)
      }
      this.#over.set(name, new Set(over.filter((other) => other !== name && names.has(other))))
    }
    this.#order()
  }

  /** 0 for a route that no `over` is about: no other one can be before or after it. */
  rank(route: string): number {
    return this.#rank.get(route) ?? 0
  }

  /** Adds a problem for each route of `leaf` that meets another at equal rank without an `over` between them. */
  check<T>(leaf: Leaf<T>): void {
    if (leaf.candidates.length < 2) return
    for (const group of Map.groupBy(leaf.candidates, (c) => `${c.method ?? '*'} ${conditions(c)}`).values()) {
      for (const [index, candidate] of group.entries()) {
        const rival = group.find((other, i) => i >= index || this.#ambiguous(candidate, other))
        if (rival !== undefined && rival !== candidate) this.#reportPair(rival, candidate)
      }
    }
  }

  #ambiguous<T>(a: Candidate<T>, b: Candidate<T>): boolean {
    if (a.route === b.route || this.#over.get(a.route)?.has(b.route) || this.#over.get(b.route)?.has(a.route)) return false
    return a.guard === undefined || b.guard === undefined || a.guard.overlaps(b.guard)
  }

  #reportPair<T>(a: Candidate<T>, b: Candidate<T>): void {
    const routes = [a.route, b.route]
    const message = `\`${a.route}\` (${written(a)}) and \`${b.route}\` (${written(b)}) match the same requests at equal rank; \`over\` on one of them settles it`
    // Once, though they may meet on many hosts.
    if (!this.#told.has(message)) this.#report(routes, message)
    this.#told.add(message)
  }

  #report(routes: readonly string[], message: string): void {
    this.problems.push({ routes, message })
  }

  /** Topological order by repeated removal of routes that nobody left is over; what remains at the end lies on or behind a circle. */
  #order(): void {
    const waiting = new Map<string, number>()
    for (const [name, over] of this.#over) {
      waiting.set(name, waiting.get(name) ?? 0)
      for (const other of over) waiting.set(other, (waiting.get(other) ?? 0) + 1)
    }
    const ready = [...waiting].filter(([, count]) => count === 0).map(([name]) => name)
    for (let at = 0; at < ready.length; at++) {
      const name = ready[at] as string
      this.#rank.set(name, at)
      for (const other of this.#over.get(name) ?? []) {
        const count = waiting.get(other) as number
        waiting.set(other, count - 1)
        if (count === 1) ready.push(other)
      }
    }
    const stuck = [...waiting.keys()].filter((name) => !this.#rank.has(name))
    if (stuck.length > 0)
      this.#report(circle(stuck, this.#over), `\`over\` goes round in a circle: ${circle(stuck, this.#over).join(', ')}`)
  }
}

const written = <T>({ method, path }: Candidate<T>): string => (method === undefined ? path : `${method} ${path}`)

/** One circle among routes that each have a predecessor among themselves. */
function circle(stuck: readonly string[], over: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const path: string[] = []
  let name = stuck[0] as string
  while (!path.includes(name)) {
    path.push(name)
    const current = name
    name = stuck.find((other) => other !== current && over.get(other)?.has(current)) as string
  }
  return path.slice(path.indexOf(name)).toReversed()
}
