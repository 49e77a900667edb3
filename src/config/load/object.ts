// A configuration that a program holds as an object: checked to be plain data, and read by the same rules as a file. Nothing in it is
// interpolated: a program has its own means for that.
import { types } from 'node:util'
import { join, type MapNode, type Source } from './node.ts'
import type { Problems } from './problems.ts'
import { readYaml } from './yaml.ts'

/** The tree of `config`; undefined when it is not plain data (the problems say where). */
export function readObject(config: unknown, folder: string, problems: Problems): MapNode | undefined {
  const place = { source: { file: '', folder, text: '', isArgument: true } satisfies Source, offset: -1 }
  const errors = problems.errors
  lookForCode(config, '', new Set(), (path, message) => problems.error(place, path, message))
  if (problems.errors > errors) return undefined
  // JSON is YAML in which every scalar has its type.
  const text = JSON.stringify(config).replaceAll('${', () => '$${')
  const root = readYaml({ ...place.source, text }, { env: {}, readFile: () => ({ message: '' }) }, problems)
  if (root?.entries.delete('include') === true) problems.error(place, 'include', 'is for files; put what it names into the object')
  return root
}

/** Finds what JSON would drop or change without a word. */
function lookForCode(value: unknown, path: string, above: Set<object>, refuse: (path: string, message: string) => void): void {
  if (typeof value === 'number' && !Number.isFinite(value)) return refuse(path, `${value} is not a value`)
  if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint') {
    return refuse(path, `must be plain data, not a ${typeof value}`)
  }
  if (typeof value !== 'object' || value === null) {
    if (path === '') refuse(path, 'a configuration is an object with sections: `routes`, `services`, …')
    return
  }
  if (above.has(value)) return refuse(path, 'contains itself')
  const prototype: unknown = Object.getPrototypeOf(value)
  if (types.isProxy(value) || !(Array.isArray(value) || prototype === Object.prototype || prototype === null)) {
    return refuse(path, 'must be plain data, not an instance of a class')
  }
  above.add(value)
  for (const [key, each] of Object.entries(value)) {
    // As if the key were not there.
    if (each === undefined && !Array.isArray(value)) continue
    if (each === undefined) refuse(join(path, key), 'is undefined')
    else lookForCode(each, join(path, key), above, refuse)
  }
  above.delete(value)
}
