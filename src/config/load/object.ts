// A configuration that is an object, of a program or of a TypeScript file: checked to be plain data but for the places where code may
// stand, and read by the same rules as a text.
import { types } from 'node:util'
import { codePlaceholder } from '../schema/marks.ts'
import type { Origins } from './interpolate.ts'
import { join, type MapNode, type Source } from './node.ts'
import type { Problems } from './problems.ts'
import { readYaml } from './yaml.ts'

/** A value of code in a configuration, by the keys that lead to it, joined by dots. In the tree a text stands in its place. */
export type CodeValues = ReadonlyMap<string, object>

export interface ObjectTree {
  readonly root: MapNode
  readonly code: CodeValues
}

/**
 * The tree of `config`; undefined when it is not plain data (the problems say where). Without `origins` nothing in it is interpolated: a
 * program has its own means for that.
 */
export function readObject(config: unknown, source: Source, problems: Problems, origins?: Origins): ObjectTree | undefined {
  const place = { source, offset: -1 }
  const errors = problems.errors
  const reader = new PlainReader((path, message) => problems.error(place, path, message))
  const plain = reader.plain(config, [])
  if (problems.errors > errors) return undefined
  // JSON is YAML in which every scalar has its type.
  const json = JSON.stringify(plain)
  const text = origins === undefined ? json.replaceAll('${', () => '$${') : json
  const root = readYaml({ ...source, text }, origins ?? { env: {}, readFile: () => ({ message: '' }) }, problems)
  return root === undefined ? undefined : { root, code: reader.code }
}

/** Where code may stand: plugins by name, and the `when` of a match. */
const takesCode = (steps: readonly string[], value: object | (() => unknown)): boolean =>
  typeof value === 'function'
    ? steps[0] === 'routes' && steps[2] === 'match' && steps.at(-1) === 'when' && (steps.length === 4 || steps.length === 5)
    : steps.length === 2 && steps[0] === 'plugins'

class PlainReader {
  readonly code = new Map<string, object>()
  readonly #above = new Set<object>()
  readonly #refuse: (path: string, message: string) => void

  constructor(refuse: (path: string, message: string) => void) {
    this.#refuse = refuse
  }

  /** `value` without code. Finds what JSON would drop or change without a word. */
  plain(value: unknown, steps: readonly string[]): unknown {
    const path = steps.reduce(join, '')
    if ((typeof value === 'object' || typeof value === 'function') && value !== null && takesCode(steps, value)) {
      this.code.set(path, value)
      return codePlaceholder(path)
    }
    if (typeof value === 'number' && !Number.isFinite(value)) return this.#refuse(path, `${value} is not a value`)
    if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint')
      return this.#refuse(path, `must be plain data, not a ${typeof value}`)
    if (typeof value !== 'object' || value === null) {
      if (path === '') this.#refuse(path, 'a configuration is an object with sections: `routes`, `services`, …')
      return value
    }
    if (this.#above.has(value)) return this.#refuse(path, 'contains itself')
    const prototype: unknown = Object.getPrototypeOf(value)
    if (types.isProxy(value) || !(Array.isArray(value) || prototype === Object.prototype || prototype === null))
      return this.#refuse(path, 'must be plain data, not an instance of a class')
    this.#above.add(value)
    const out = Array.isArray(value) ? this.#list(value, steps, path) : this.#map(value, steps)
    this.#above.delete(value)
    return out
  }

  #list(list: readonly unknown[], steps: readonly string[], path: string): unknown[] {
    return Array.from(list, (each, i) => {
      if (each === undefined) this.#refuse(join(path, i), 'is undefined')
      return this.plain(each, [...steps, `${i}`])
    })
  }

  #map(map: object, steps: readonly string[]): object {
    const out = Object.create(null) as Record<string, unknown>
    // What is undefined counts as if the key were not there.
    for (const [key, each] of Object.entries(map)) if (each !== undefined) out[key] = this.plain(each, [...steps, key])
    return out
  }
}
