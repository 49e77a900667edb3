// The one place where a fault becomes a response: RFC 9457 problem details, or one line of text for who does not take JSON.
import { faults } from '../base/fault.ts'
import type { FaultCode } from '../base/fault.ts'
import { FieldName } from '../http/field-name.ts'
import { fieldOf } from '../http/fields.ts'
import type { RequestHead } from '../http/message.ts'
import type { Reply } from '../pipeline/verdict.ts'

/** Where each fault code is explained; `tidegate help CODE` prints the same. */
const DOCS = 'https://tidegate.dev/faults/'

const ACCEPT = new FieldName('accept')

export interface Problem {
  readonly status: number
  readonly code: string
  readonly title: string
  readonly detail: string | undefined
  readonly requestId: string
  readonly traceId: string
}

/** The problem of a fault of our own. */
export function problemOf(fault: FaultCode, requestId: string, traceId: string, detail?: string): Problem {
  const row = faults[fault]
  return { status: row.status, code: fault, title: row.title, detail, requestId, traceId }
}

/** The response for a problem. `head` decides the form by its Accept; without one it is JSON. */
export function replyProblem(problem: Problem, head: RequestHead | undefined, fields: readonly string[] = []): Reply {
  const accept = head === undefined ? undefined : fieldOf(head, ACCEPT)
  const all = ['cache-control', 'no-store', ...fields]
  if (problem.status === 503) all.push('retry-after', '1')
  if (accept !== undefined && accept.includes('text/') && !accept.includes('json')) {
    const line = `${problem.status} ${problem.title}${problem.detail === undefined ? '' : `: ${problem.detail}`}`
    return {
      status: problem.status,
      fields: ['content-type', 'text/plain; charset=utf-8', ...all],
      body: `${line}\n${problem.code} ${problem.requestId}\n`,
    }
  }
  const body = {
    type: `${DOCS}${problem.code}`,
    title: problem.title,
    status: problem.status,
    ...(problem.detail === undefined ? {} : { detail: problem.detail }),
    code: problem.code,
    requestId: problem.requestId,
    ...(problem.traceId === '' ? {} : { traceId: problem.traceId }),
  }
  return { status: problem.status, fields: ['content-type', 'application/problem+json', ...all], body: `${JSON.stringify(body)}\n` }
}
