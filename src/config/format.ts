// `tidegate fmt`: one layout for every file. Block style; flow style only for what fits in half a line; comments and blank lines stay.
import { isCollection, isMap, isScalar, isSeq, parseDocument, visit, type Document, type YAMLMap, type YAMLSeq } from 'yaml'
import { jsonTokens, layOutJson } from './load/json-text.ts'
import { nulSlip, syntaxSlip } from './load/slips.ts'
import { position, type Source } from './load/node.ts'

/** Characters of a flow collection beyond which it becomes a block: half of a wide line. */
const FLOW_MOST = 70
const WIDTH = 140

export type Formatted = { readonly text: string } | { readonly line: number; readonly column: number; readonly message: string }

/** The text in our layout, or the first syntax error. What it means never changes: a layout that would change it is refused. */
export function formatYaml(text: string, file: string): Formatted {
  const source: Source = { file, folder: '', text }
  const nul = nulSlip(text)
  if (nul !== undefined) return { ...position({ source, offset: nul.offset }), message: nul.message }
  if (file.endsWith('.json')) return formatJson(source)
  const document = parse(text)
  const error = document.errors[0]
  if (error !== undefined) {
    const slip = syntaxSlip(source, error.code, error.pos[0], error.message)
    return { ...position({ source, offset: slip.offset }), message: slip.message }
  }
  const before = meaning(document)
  layOut(document)
  const out = document.contents === null ? text : document.toString(OPTIONS)
  if (meaning(parse(out)) !== before)
    return { line: 1, column: 1, message: 'cannot be laid out anew without changing what it says; left as it is' }
  return { text: out }
}

function formatJson(source: Source): Formatted {
  const tokens = jsonTokens(source.text)
  if (!('message' in tokens)) return { text: layOutJson(tokens, FLOW_MOST) }
  return { ...position({ source, offset: tokens.offset }), message: `this is not JSON: ${tokens.message}` }
}

const OPTIONS = { indent: 2, lineWidth: WIDTH, indentSeq: true } as const

/** 'failsafe' types nothing, so that nothing is respelled: `0123` stays `0123`. */
const parse = (text: string): Document.Parsed =>
  parseDocument(text, { schema: 'failsafe', uniqueKeys: false, prettyErrors: false, merge: false })

/** Long flow collections become blocks; what is inside one that stays flow stays flow, as YAML wants it. */
function layOut(document: Document.Parsed): void {
  visit(document, {
    Collection: (_, node, path) => {
      if (node.flow !== true) return undefined
      const inside = path.some((each) => isCollection(each) && each.flow === true)
      if (!inside && !fits(node)) node.flow = false
      pad(node)
      return undefined
    },
  })
}

/** `{ a: 1 }` but `[a, b]`: the library pads both or neither, so each says for itself. */
function pad(node: YAMLMap | YAMLSeq): void {
  const print = node.toString.bind(node)
  const flowCollectionPadding = isMap(node) ? ' ' : ''
  node.toString = (context, ...rest) => print(context === undefined ? context : { ...context, flowCollectionPadding }, ...rest)
}

function fits(node: unknown): boolean {
  if (!isCollection(node) || hasCommentsInside(node)) return false
  const range = node.range
  return range == null || spelledLength(node) <= FLOW_MOST
}

/** The length on one line, whatever the layout was. */
function spelledLength(node: unknown): number {
  if (isMap(node)) return node.items.reduce((sum, { key, value }) => sum + spelledLength(key) + spelledLength(value) + 4, 2)
  if (isSeq(node)) return node.items.reduce<number>((sum, item) => sum + spelledLength(item) + 2, 0)
  if (isScalar(node)) return (typeof node.value === 'string' ? node.value.length : 0) + (node.type === 'PLAIN' ? 0 : 2)
  return 8
}

/** One behind the closing bracket is the collection's own, and stays on its line. */
function hasCommentsInside(node: unknown): boolean {
  let found = false
  visit(node as Parameters<typeof visit>[0], {
    Node: (_, each) => {
      found ||= (each !== node && each.comment != null) || each.commentBefore != null
      return found ? visit.BREAK : undefined
    },
  })
  return found
}

/** What a document says, spelled out: kinds, keys, texts and whether they are quoted, tags, anchors. */
function meaning(document: Document.Parsed): string {
  const parts: unknown[] = []
  visit(document, {
    Scalar: (key, node) => void parts.push([key, node.value, node.type === 'PLAIN', node.anchor, node.tag]),
    Map: (key, node) => void parts.push([key, 'map', node.items.length, node.anchor, node.tag]),
    Seq: (key, node) => void parts.push([key, 'seq', node.items.length, node.anchor, node.tag]),
    Alias: (key, node) => void parts.push([key, 'alias', node.source]),
  })
  return JSON.stringify(parts)
}
