// A parsed TypeScript file: its syntax tree, its lines, and every module that it imports, whether as value or as type.
import { globSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { parseSync, Visitor, type VisitorObject } from 'oxc-parser'

/** One module that a file names, and where. */
export interface ImportSite {
  readonly specifier: string
  readonly line: number
}

export class SourceFile {
  /** Relative to the root, with `/`. */
  readonly path: string
  readonly text: string
  readonly lines: readonly string[]
  readonly #program: ReturnType<typeof parseSync>['program']
  readonly #starts: readonly number[]

  /** @throws Error when the file does not parse. */
  constructor(path: string, text: string) {
    const { program, errors } = parseSync(path, text)
    const [error] = errors
    if (error !== undefined) throw new Error(`${path} does not parse: ${error.message}`)
    this.path = path
    this.text = text
    this.lines = text.split('\n')
    this.#program = program
    const starts = [0]
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
    this.#starts = starts
  }

  get isTest(): boolean {
    return this.path.endsWith('.test.ts')
  }

  /** The line, from 1, of an offset into the text. */
  lineAt(offset: number): number {
    const after = this.#starts.findIndex((start) => start > offset)
    return after === -1 ? this.#starts.length : after
  }

  /** Calls the visitor's functions for each node of the tree. */
  visit(visitor: VisitorObject): void {
    new Visitor(visitor).visit(this.#program)
  }

  /** True when the line, or a comment alone on the line above it, carries `mark` followed by a reason. */
  hasReason(line: number, mark: string): boolean {
    const reason = new RegExp(`//.*\\b${mark}: *\\S`)
    const above = this.lines[line - 2] ?? ''
    return reason.test(this.lines[line - 1] ?? '') || (/^\s*\/\//.test(above) && reason.test(above))
  }

  /** Every module named by `import`, `export … from`, `import()` and `import('…').Type`; a computed `import()` is left out. */
  imports(): ImportSite[] {
    const sites: ImportSite[] = []
    const add = (source: { type: string; value?: unknown; start: number } | null): void => {
      if (source?.type === 'Literal' && typeof source.value === 'string')
        sites.push({ specifier: source.value, line: this.lineAt(source.start) })
    }
    this.visit({
      ImportDeclaration: (node) => add(node.source),
      ExportAllDeclaration: (node) => add(node.source),
      ExportNamedDeclaration: (node) => add(node.source),
      ImportExpression: (node) => add(node.source),
      TSImportType: (node) => add(node.source),
    })
    return sites
  }
}

/** Reads and parses the files that match `patterns` below `root`, in the order of their paths. */
export function readSources(root: string, patterns: readonly string[]): SourceFile[] {
  const paths = globSync([...patterns], { cwd: root, exclude: (name) => name === 'node_modules' || name === 'dist' })
  return paths.toSorted().map((path) => new SourceFile(path.split(sep).join('/'), readFileSync(join(root, path), 'utf8')))
}
