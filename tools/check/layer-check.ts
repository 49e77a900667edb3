// Holds the tree to layers.json: only listed layers and packages, no sibling where they stand apart, no cycle between files.
// The lint says the same in the editor; this is the check that reads every import there is, type imports and import('…') included.
import { existsSync } from 'node:fs'
import { join, posix } from 'node:path'
import type { Finding } from './finding.ts'
import { type Layer, layerOf, type LayerTable } from './layer-table.ts'
import { readSources, type SourceFile } from './source-file.ts'

/** What tests beside the code may import on top of their layer. */
export const TEST_LAYERS = ['testing'] as const
export const TEST_PACKAGES = ['fast-check', 'ws'] as const

/** Checks every import of `<root>/src`. */
export function checkLayers(root: string, table: LayerTable): Finding[] {
  const findings: Finding[] = []
  const graph = new Map<string, readonly string[]>()
  for (const file of readSources(root, ['src/**/*.ts'])) {
    const layer = layerOf(table, file.path.slice('src/'.length))
    if (layer === undefined) {
      findings.push({ file: file.path, line: 0, message: 'no row of layers.json covers this file' })
      continue
    }
    const targets: string[] = []
    for (const { specifier, line } of file.imports()) {
      const target = specifier.startsWith('.') ? posix.join(posix.dirname(file.path), specifier) : undefined
      if (target !== undefined) targets.push(target)
      const message = target === undefined ? packageProblem(file, layer, specifier) : fileProblem(root, table, file, layer, target)
      if (message !== undefined) findings.push({ file: file.path, line, message })
    }
    graph.set(file.path, targets)
  }
  return [...findings, ...findCycles(graph)]
}

function packageProblem(file: SourceFile, layer: Layer, specifier: string): string | undefined {
  if (specifier.startsWith('node:')) return undefined
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  if (layer.packages.includes(name) || (file.isTest && TEST_PACKAGES.some((allowed) => allowed === name))) return undefined
  return `${layer.name} must not import the package ${name}: layers.json lists ${list(layer.packages)}`
}

function fileProblem(root: string, table: LayerTable, file: SourceFile, layer: Layer, target: string): string | undefined {
  // Fixtures that several tests share lie under test/.
  if (file.isTest && target.startsWith('test/')) return undefined
  if (!target.startsWith('src/')) return `${target} lies outside src/`
  if (!existsSync(join(root, target))) return `${target} does not exist`
  const other = layerOf(table, target.slice('src/'.length))
  if (other === undefined) return `no row of layers.json covers ${target}`
  if (other === layer) {
    return layer.apart && entryOf(layer, file.path) !== entryOf(layer, target)
      ? `siblings in ${layer.name} must not import each other: ${target}`
      : undefined
  }
  if (layer.imports.includes(other.name) || (file.isTest && TEST_LAYERS.some((allowed) => allowed === other.name))) return undefined
  return `${layer.name} must not import ${other.name}: layers.json lists ${list(layer.imports)}`
}

/** The entry of a folder that a file belongs to: its first segment below the layer, a test counting as the file that it tests. */
function entryOf(layer: Layer, path: string): string {
  const [first = ''] = path.slice(`src/${layer.name}/`.length).split('/')
  return first.replace(/(\.test)?\.ts$/, '')
}

/** One finding for each cycle, at the file of the cycle that sorts first. */
export function findCycles(graph: ReadonlyMap<string, readonly string[]>): Finding[] {
  const findings = new Map<string, Finding>()
  const settled = new Set<string>()
  const visit = (path: string, way: readonly string[]): void => {
    const back = way.indexOf(path)
    if (back !== -1) {
      const cycle = way.slice(back)
      const first = cycle.indexOf(cycle.toSorted()[0] as string)
      const turned = [...cycle.slice(first), ...cycle.slice(0, first)]
      findings.set(turned.join(), { file: turned[0] as string, line: 0, message: `import cycle: ${[...turned, turned[0]].join(' → ')}` })
      return
    }
    if (settled.has(path)) return
    for (const target of graph.get(path) ?? []) visit(target, [...way, path])
    settled.add(path)
  }
  for (const path of graph.keys()) visit(path, [])
  return [...findings.values()]
}

const list = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.join(', '))
