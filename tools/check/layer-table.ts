// Reads layers.json, the one table of folders and what each may import, and says which layer a file belongs to.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** `data` is code that a request runs through, `control` is the rest, `base` may touch clocks and randomness. */
export type Plane = 'base' | 'data' | 'control'

/** One row of the table. */
export interface Layer {
  /** Folder below src/ (`http1`, `identity/authenticator`) or a file directly in src/ (`index.ts`). */
  readonly name: string
  readonly imports: readonly string[]
  readonly plane: Plane
  /** False where traffic must be answered by values and `throw` is an error. */
  readonly throws: boolean
  /** True where the entries of the folder must not know each other. */
  readonly apart: boolean
  /** Published dependencies that the folder may import. */
  readonly packages: readonly string[]
}

export type LayerTable = ReadonlyMap<string, Layer>

interface Row {
  imports: string[]
  plane: Plane
  throws?: boolean
  siblings?: 'apart'
  packages?: string[]
}

const KEYS = new Set(['imports', 'plane', 'throws', 'siblings', 'packages'])
const PLANES = new Set(['base', 'data', 'control'])

/**
 * Reads `<root>/layers.json`.
 * @throws Error naming the row when one holds an unknown key or plane, names an unknown layer, or when the table itself has a cycle.
 */
export function readLayerTable(root: string): LayerTable {
  const { layers } = JSON.parse(readFileSync(join(root, 'layers.json'), 'utf8')) as { layers: Record<string, Row> }
  const table = new Map<string, Layer>()
  for (const [name, row] of Object.entries(layers)) {
    for (const key of Object.keys(row)) if (!KEYS.has(key)) throw new Error(`layers.json: ${name} has the unknown key ${key}`)
    if (!PLANES.has(row.plane)) throw new Error(`layers.json: ${name} has the unknown plane ${row.plane}`)
    table.set(name, {
      name,
      imports: row.imports,
      plane: row.plane,
      throws: row.throws ?? true,
      apart: row.siblings === 'apart',
      packages: row.packages ?? [],
    })
  }
  for (const { name, imports } of table.values()) {
    for (const other of imports) if (!table.has(other)) throw new Error(`layers.json: ${name} imports the unknown layer ${other}`)
  }
  refuseCycle(table)
  return table
}

/** The layer of a path below src/ (`http1/encode.ts`), or undefined when no row covers it. The longest name wins. */
export function layerOf(table: LayerTable, pathInSource: string): Layer | undefined {
  let found: Layer | undefined
  for (const layer of table.values()) {
    const covers = layer.name.endsWith('.ts') ? pathInSource === layer.name : pathInSource.startsWith(`${layer.name}/`)
    if (covers && layer.name.length > (found?.name.length ?? 0)) found = layer
  }
  return found
}

function refuseCycle(table: LayerTable): void {
  const settled = new Set<string>()
  const visit = (name: string, way: readonly string[]): void => {
    if (way.includes(name)) throw new Error(`layers.json: the table has a cycle: ${[...way, name].join(' → ')}`)
    if (settled.has(name)) return
    for (const other of table.get(name)?.imports ?? []) visit(other, [...way, name])
    settled.add(name)
  }
  for (const name of table.keys()) visit(name, [])
}
