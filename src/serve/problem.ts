// What is told to a client that gets no answer of a service: never more than stands in the tables of `base/` and what a policy's author
// wrote for clients. No address, no name of the configuration, no text of an error.
import { faults } from '../base/fault.ts'
import type { FaultCode } from '../base/fault.ts'
import { proxyErrors } from '../base/proxy-error.ts'
import { refusals } from '../base/refusal.ts'

/** Where each code is explained; `tidegate help CODE` prints the same. */
const DOCS = 'https://tidegate.dev/faults/'

/** 32 hex digits, as requests get them here: a UUID without its dashes. */
const HEX_ID = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/

export interface Problem {
  readonly status: number
  /** The fault's, or the code that a policy refused with. */
  readonly code: string
  /** `refused` for what a policy refused. */
  readonly fault: FaultCode
  readonly title: string
  readonly detail: string | undefined
  readonly requestId: string
  readonly traceId: string
}

/** The problem of a fault of our own. */
export function problemOf(fault: FaultCode, requestId: string, traceId: string, detail?: string): Problem {
  const row = faults[fault]
  return { status: row.status, code: fault, fault, title: row.title, detail, requestId, traceId }
}

/** The title for clients: a refusal of the gateway's own policies has one of its own. */
export const titleOf = ({ code, fault, title }: Problem): string => (fault === 'refused' ? (refusals.get(code)?.title ?? title) : title)

/** The page about it. Codes that a plugin chose share one. */
const pageOf = ({ code, fault }: Problem): string => `${DOCS}${fault === 'refused' && !refusals.has(code) ? fault : code}`

/** The value of `Proxy-Status` (RFC 9209): whose answer it is, and the registered type of what went wrong. */
export const proxyStatus = ({ fault }: Problem): string => `tidegate; error=${proxyErrors[fault]}`

/**
 * As RFC 9457 problem details. `instance` is the request's id as a URN where it is one of ours; an id that a trusted proxy chose need not be
 * a URI, and stands in `requestId` alone.
 */
export function problemJson(problem: Problem): string {
  const { status, detail, code, requestId, traceId } = problem
  const id = HEX_ID.exec(requestId)
  const body = {
    type: pageOf(problem),
    title: titleOf(problem),
    status,
    ...(detail === undefined ? {} : { detail }),
    ...(id === null ? {} : { instance: `urn:uuid:${id.slice(1).join('-')}` }),
    code,
    requestId,
    ...(traceId === '' ? {} : { traceId }),
  }
  return `${JSON.stringify(body)}\n`
}

/** As two lines of text. */
export function problemText(problem: Problem): string {
  const detail = problem.detail === undefined ? '' : `: ${problem.detail}`
  return `${problem.status} ${titleOf(problem)}${detail}\n${problem.code} ${problem.requestId}\n`
}

/** As a page for browsers: nothing is loaded, nothing runs. */
export function problemPage(problem: Problem): string {
  const title = escaped(titleOf(problem))
  const detail = problem.detail === undefined ? '' : `<p>${escaped(problem.detail)}</p>\n`
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>${problem.status} ${title}</title>
<style>
:root { color-scheme: light dark }
body { max-width: 40rem; margin: 15vh auto 0; padding: 0 1.5rem; font: 1.125rem/1.5 system-ui, sans-serif }
h1 { font-size: 1.5rem }
h1 b { display: block; font-size: 4rem; line-height: 1.2 }
small { overflow-wrap: anywhere; opacity: .7 }
</style>
<main>
<h1><b>${problem.status}</b> ${title}</h1>
${detail}<small><code>${escaped(problem.code)}</code> · <code>${escaped(problem.requestId)}</code></small>
</main>
</html>
`
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
])

const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (c) => ESCAPES.get(c) ?? c)
