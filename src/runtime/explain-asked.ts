// What is asked of a running gateway in JSON, judged and explained: one at a time, because each takes a thread and builds a data plane.
import type { Plan } from '../config/plan.ts'
import { explainApart, type ExplainedApart } from './explain-apart.ts'
import type { ExplainRequest } from './explain-request.ts'

/** So many may wait. */
const QUEUE = 4

/** Explains requests as `POST /api/v1/explain` brings them. Never rejects: what is not understood is a sentence. */
export function createExplainAsked(): (plan: Plan, asked: unknown) => Promise<ExplainedApart> {
  let turn: Promise<unknown> = Promise.resolve()
  let waiting = 0
  return (plan, asked) => {
    const request = readAsked(asked)
    if (typeof request === 'string') return Promise.resolve({ message: request })
    if (waiting >= QUEUE) return Promise.resolve({ message: 'other requests are being explained; ask again in a moment' })
    waiting++
    const explained = turn.then(() => explainApart({ plan, request })).finally(() => waiting--)
    turn = explained
    return explained
  }
}

/** `{ method, url, headers: [[name, value], …] or { name: value }, from, body }`; a sentence for anything else. */
function readAsked(asked: unknown): ExplainRequest | string {
  if (typeof asked !== 'object' || asked === null || Array.isArray(asked)) return 'a request is an object: {"method": "GET", "url": "/"}'
  const { method = 'GET', url, headers = [], from, body, ...others } = asked as Readonly<Record<string, unknown>>
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) return `unknown member \`${unknown}\`; there are method, url, headers, from and body`
  if (typeof method !== 'string') return '`method` is a text'
  if (typeof url !== 'string') return '`url` is missing: http://host/path, or /path alone'
  const pairs = Array.isArray(headers)
    ? (headers as unknown[])
    : typeof headers === 'object' && headers !== null
      ? Object.entries(headers)
      : []
  if (!pairs.every(isPair)) return '`headers` is a list of [name, value], or an object of texts'
  if (from !== undefined && typeof from !== 'string') return '`from` is an address'
  if (body !== undefined && typeof body !== 'string') return '`body` is a text'
  return { method, url, headers: pairs, ...(from !== undefined && { from }), ...(body !== undefined && { body }) }
}

const isPair = (pair: unknown): pair is readonly [string, string] =>
  Array.isArray(pair) && pair.length === 2 && pair.every((part) => typeof part === 'string')
