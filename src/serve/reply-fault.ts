// The one place where a fault becomes a response: RFC 9457 problem details, a page for browsers or lines of text, as the client likes best.
import { preferredForm } from '../http/accept.ts'
import { FieldName } from '../http/field-name.ts'
import { fieldOf } from '../http/fields.ts'
import type { RequestHead } from '../http/message.ts'
import type { Reply } from '../pipeline/verdict.ts'
import type { Problem } from './problem.ts'
import { problemJson, problemPage, problemText, proxyStatus } from './problem.ts'

const ACCEPT = new FieldName('accept')

const JSON_FORM = 0
const TEXT_FORM = 1
const PAGE_FORM = 2
const FORMS: readonly (readonly string[])[] = [['application/problem+json', 'application/json'], ['text/plain'], ['text/html']]

/** What reads a reply as something else than its type says is told not to; a page may hold styles and nothing that acts. */
const NOSNIFF = ['x-content-type-options', 'nosniff'] as const
const PAGE_FIELDS = ['content-security-policy', "default-src 'none'; style-src 'unsafe-inline'", ...NOSNIFF] as const

/**
 * The response for a problem. `head` decides the form by its Accept: JSON for who says nothing, or takes none of the forms. Without a head,
 * for a request that was refused before it could be read, it is JSON. `fields` are the author's: `Allow`, `Retry-After`.
 */
export function replyProblem(problem: Problem, head: RequestHead | undefined, fields: readonly string[] = []): Reply {
  const accept = head === undefined ? undefined : fieldOf(head, ACCEPT)
  const all = ['cache-control', 'no-store', 'proxy-status', proxyStatus(problem), ...fields]
  if (problem.status === 503 && !fields.includes('retry-after')) all.push('retry-after', '1')
  switch (accept === undefined ? JSON_FORM : preferredForm(accept, FORMS)) {
    case PAGE_FORM:
      return made(problem.status, 'text/html; charset=utf-8', [...all, ...PAGE_FIELDS], problemPage(problem))
    case TEXT_FORM:
      return made(problem.status, 'text/plain; charset=utf-8', [...all, ...NOSNIFF], problemText(problem))
    default:
      return made(problem.status, 'application/problem+json', all, problemJson(problem))
  }
}

const made = (status: number, type: string, fields: readonly string[], body: string): Reply => ({
  status,
  fields: ['content-type', type, ...fields],
  body,
})
