// Rules about code that no linter has: no throw at traffic, no lenient reading of wire bytes, no slice kept beyond its request.
// Each can be answered where it stands by a comment with a reason: `// load: …`, `// wire-safe: …`, `// kept: …`.
import type { Finding } from './finding.ts'
import { type Layer, layerOf, type LayerTable } from './layer-table.ts'
import { readSources, type SourceFile } from './source-file.ts'

/** Folders that read bytes from the wire, and whether upper and lower case is grammar there (`http/` also serves policies' own names). */
const WIRE = new Map([
  ['http', false],
  ['http1', true],
  ['http2', true],
])
/** They accept more than the grammars of HTTP do: NBSP, `0x1f`, `1e3`, U+212A (wire policy 11). */
const LENIENT_CALLS = new Set(['Number', 'parseInt', 'parseFloat'])
const LENIENT_METHODS = new Set(['trim', 'trimStart', 'trimEnd', 'parseInt', 'parseFloat'])
const CASE_METHODS = new Set(['toLowerCase', 'toUpperCase', 'toLocaleLowerCase', 'toLocaleUpperCase'])
const SLICES = new Set(['slice', 'subarray', 'substring', 'substr'])
const KEEPERS = new Set(['set', 'add', 'push', 'unshift'])

/** Checks every file below `<root>/src` but tests. */
export function checkSourceRules(root: string, table: LayerTable): Finding[] {
  return readSources(root, ['src/**/*.ts'])
    .filter((file) => !file.isTest)
    .flatMap((file) => {
      const layer = layerOf(table, file.path.slice('src/'.length))
      return layer === undefined
        ? []
        : [...thrown(file, layer), ...leniency(file, layer), ...keptSlices(file, layer), ...datesMade(file, layer)]
    })
}

/** Traffic never throws. The pipeline is also built at load, where a throw is how a bad configuration is told. */
function thrown(file: SourceFile, layer: Layer): Finding[] {
  if (layer.throws) return []
  const findings: Finding[] = []
  file.visit({
    ThrowStatement: (node) => {
      const line = file.lineAt(node.start)
      if (layer.name === 'pipeline' && file.hasReason(line, 'load')) return
      findings.push({ file: file.path, line, message: `traffic never throws: return a fault or a verdict (${layer.name})` })
    },
  })
  return findings
}

function leniency(file: SourceFile, layer: Layer): Finding[] {
  const caseIsGrammar = WIRE.get(layer.name)
  if (caseIsGrammar === undefined) return []
  const findings: Finding[] = []
  const found = (start: number, what: string): void => {
    const line = file.lineAt(start)
    if (!file.hasReason(line, 'wire-safe'))
      findings.push({ file: file.path, line, message: `${what} accepts more than the grammar; else say why: // wire-safe: …` })
  }
  file.visit({
    CallExpression: (node) => {
      if (node.callee.type === 'Identifier' && LENIENT_CALLS.has(node.callee.name)) found(node.callee.start, `${node.callee.name}()`)
      if (node.callee.type !== 'MemberExpression' || node.callee.property.type !== 'Identifier') return
      const { name, start } = node.callee.property
      if (LENIENT_METHODS.has(name) || (caseIsGrammar && CASE_METHODS.has(name))) found(start, `${name}()`)
    },
    UnaryExpression: (node) => {
      if (node.operator === '+' && node.argument.type !== 'Literal') found(node.start, 'unary +')
    },
    Literal: (node) => {
      if (!('regex' in node)) return
      const { pattern, flags } = node.regex
      if (/\\s/i.test(pattern)) found(node.start, '\\s in a pattern')
      if (/\\d|\\w/i.test(pattern) && /[uv]/.test(flags)) found(node.start, '\\d or \\w with the u flag')
      if (/[uv]/.test(flags) && flags.includes('i')) found(node.start, 'case folding with the u flag')
    },
  })
  return findings
}

/**
 * A slice assigned to a property of `this` or put into a collection keeps the whole head or read buffer alive (R14, A133), and a
 * borrowed chunk is only valid during its call. `slice()` without arguments is the copy of an array and passes.
 */
function keptSlices(file: SourceFile, layer: Layer): Finding[] {
  if (layer.plane !== 'data') return []
  const findings: Finding[] = []
  const look = (value: { type: string; start: number }): void => {
    if (!isSlice(value)) return
    const line = file.lineAt(value.start)
    if (!file.hasReason(line, 'kept')) {
      findings.push({
        file: file.path,
        line,
        message: 'a slice is kept beyond its call: copy it (base/own-string, Buffer.from), or say why: // kept: …',
      })
    }
  }
  file.visit({
    AssignmentExpression: (node) => {
      if (node.left.type === 'MemberExpression' && node.left.object.type === 'ThisExpression') look(node.right)
    },
    CallExpression: (node) => {
      if (node.callee.type !== 'MemberExpression' || node.callee.property.type !== 'Identifier' || !KEEPERS.has(node.callee.property.name))
        return
      const { object } = node.callee
      if (object.type === 'MemberExpression' && object.object.type === 'ThisExpression')
        for (const argument of node.arguments) look(argument)
    },
  })
  return findings
}

function isSlice(node: object): boolean {
  const {
    type,
    callee,
    arguments: given,
  } = node as { type: string; callee?: { type: string; property?: { name?: string } }; arguments?: unknown[] }
  return (
    type === 'CallExpression' && callee?.type === 'MemberExpression' && SLICES.has(callee.property?.name ?? '') && (given?.length ?? 0) > 0
  )
}

/** `new Date()` is a clock that the lint's list of properties cannot name. */
function datesMade(file: SourceFile, layer: Layer): Finding[] {
  if (layer.plane !== 'data') return []
  const findings: Finding[] = []
  file.visit({
    NewExpression: (node) => {
      if (node.callee.type !== 'Identifier' || node.callee.name !== 'Date' || node.arguments.length > 0) return
      findings.push({
        file: file.path,
        line: file.lineAt(node.start),
        message: 'new Date() reads the clock: take a Clock (src/base/clock.ts)',
      })
    },
  })
  return findings
}
