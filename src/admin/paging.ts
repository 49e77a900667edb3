// Pages of a list that is in an order of its own: a cursor is where the last page ended, so that a reload in between skips and repeats as
// little as can be.
import { type Answer, problem } from './answer.ts'
import type { Parameter } from './operation.ts'

const MOST = 1_000
const USUAL = 100

export interface Page<T> {
  readonly items: readonly T[]
  /** For the next page; undefined on the last one. */
  readonly next: string | undefined
}

export const pageParameters: readonly Parameter[] = [
  {
    name: 'limit',
    in: 'query',
    description: `Items of one page (default ${USUAL}).`,
    schema: { type: 'integer', minimum: 1, maximum: MOST },
  },
  { name: 'cursor', in: 'query', description: 'The `next` of the page before.', schema: { type: 'string' } },
]

/** The page that `query` asks for, or what to answer instead. */
export function pageOf<T extends { readonly name: string }>(
  all: readonly T[],
  query: URLSearchParams,
): Page<T> | { readonly refusal: Answer } {
  const limit = query.get('limit') ?? String(USUAL)
  if (!/^[1-9][0-9]{0,3}$/.test(limit) || Number(limit) > MOST)
    return { refusal: problem(400, 'limit_invalid', `\`limit\` is a whole number from 1 to ${MOST}`) }
  const cursor = query.get('cursor')
  const read = cursor === null ? { index: 0, name: undefined } : readCursor(cursor)
  if (read === undefined) return { refusal: problem(400, 'cursor_invalid', '`cursor` is the `next` of a page') }
  // The name where it is now; when it is gone, the place where it was.
  const found = read.name === undefined ? -1 : all.findIndex(({ name }) => name === read.name)
  const from = found === -1 ? read.index : found + 1
  const items = all.slice(from, from + Number(limit))
  const last = items.at(-1)
  const isLast = last === undefined || from + items.length >= all.length
  return { items, next: isLast ? undefined : Buffer.from(`${from + items.length} ${last.name}`).toString('base64url') }
}

function readCursor(cursor: string): { index: number; name: string } | undefined {
  const match = /^([0-9]{1,7}) (.+)$/.exec(Buffer.from(cursor, 'base64url').toString())
  return match === null ? undefined : { index: Number(match[1]), name: match[2] as string }
}
