// docs/faults/: a page for each code that a client can be told, head and tail made from the tables in src/base, the rest written by hand.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { faults } from '../../src/base/fault.ts'
import type { FaultCode, FaultRow } from '../../src/base/fault.ts'
import { proxyErrors } from '../../src/base/proxy-error.ts'
import { refusals } from '../../src/base/refusal.ts'
import { problemJson, problemOf, proxyStatus, titleOf } from '../../src/serve/problem.ts'
import type { Problem } from '../../src/serve/problem.ts'
import { reasonPhrase } from '../../src/http/status.ts'
import { table, withPart } from './generated-page.ts'
import type { Page } from './generated-page.ts'

const ID = '4f0c9e2d7b61a8350d2e94c17f6ab38e'
const TRACE = '0af7651916cd43dd8448eb211c80319c'
/** The client is gone: what the log says in place of a status. */
const GONE = 499

const WHO = {
  client: 'the client, or a proxy in front of the gateway',
  gateway: 'the gateway',
  upstream: 'the service',
} as const satisfies Record<FaultRow['side'], string>

const WHERE = {
  head: 'reading the request’s head',
  route: 'finding the route',
  policy: 'running policies',
  body: 'between client and gateway, after the head',
  queue: 'waiting for the service',
  connect: 'connecting to the service',
  response: 'waiting for the head of the answer',
  stream: 'passing the answer on',
} as const satisfies Record<FaultRow['stage'], string>

const AGAIN = {
  always: 'yes, at another endpoint or attempt: nothing was sent',
  'if-reused': 'once, if the connection had been used before and the request is idempotent',
  never: 'no',
} as const satisfies Record<FaultRow['retry'], string>

/** All codes that have a page: the faults, then the refusals of the gateway's own policies. */
export const pageCodes = (): string[] => [...Object.keys(faults), ...refusals.keys()]

/** Each page as it should be. A code without one gets a page without words, which a test refuses. */
export function faultPages(root: string): Page[] {
  const pages = pageCodes().map((code) => {
    const path = `docs/faults/${code}.md`
    const known = existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : blank(code)
    return { path, text: withPart(withPart(known, 'head', headOf(code)), 'tail', tailOf(code)) }
  })
  return [...pages, { path: 'docs/faults/README.md', text: index() }]
}

const blank = (code: string): string =>
  `# ${code}\n\n<!-- generated: head -->\n<!-- /generated -->\n\n## What happened\n\n## What to do\n\n<!-- generated: tail -->\n<!-- /generated -->\n`

const isFault = (code: string): code is FaultCode => Object.hasOwn(faults, code)

function exampleOf(code: string): Problem {
  if (isFault(code)) return problemOf(code, ID, faults[code].stage === 'head' ? '' : TRACE)
  return { ...problemOf('refused', ID, TRACE), code, status: refusals.get(code)?.status ?? 403 }
}

function headOf(code: string): string {
  const { policy } = refusals.get(code) ?? {}
  const row: FaultRow = faults[isFault(code) ? code : 'refused']
  const example = exampleOf(code)
  const blame = policy === undefined ? WHO[row.side] : `the client, by the policy [\`${policy}\`](../policies/${policy}.md)`
  const facts = [
    ['status', statusOf(example.status)],
    ['who', blame],
    ['where', WHERE[row.stage]],
    ['sent again', AGAIN[row.retry]],
    ['flag', `\`${row.flag}\``],
    ['`Proxy-Status`', `\`${proxyErrors[example.fault]}\``],
  ]
  return `**${titleOf(example)}.**\n\n${table(['', ''], facts)}`
}

function statusOf(status: number): string {
  if (status === 0) return 'none: the connection ends'
  return status === GONE ? '499, in the log alone: nobody is left to be answered' : `${status} ${reasonPhrase(status)}`
}

function tailOf(code: string): string {
  const example = exampleOf(code)
  const row: FaultRow = faults[example.fault]
  const fault = example.fault
  const head = `HTTP/1.1 ${example.status} ${reasonPhrase(example.status)}\ncontent-type: application/problem+json\ncache-control: no-store\nproxy-status: ${proxyStatus(example)}`
  const extra = example.status === 503 ? '\nretry-after: 1' : code === 'method_not_allowed' ? '\nallow: GET, HEAD' : ''
  const body = JSON.stringify(JSON.parse(problemJson(example)), undefined, 2)
  const reply =
    example.status === 0
      ? 'A close frame with the code 1001, as the service does; then the connections end.'
      : example.status === GONE
        ? 'Nothing: the connection ends. An answer that had begun is cut, so that it cannot pass for a whole one.'
        : `\`\`\`\n${head}${extra}\n\n${body}\n\`\`\`\n\nText or a page for browsers by \`Accept\`.${row.stage === 'head' ? ' The connection ends after it.' : ''}${row.side === 'upstream' && row.stage === 'stream' ? ' Where the answer had begun, the connection is cut instead.' : ''}`
  const logged = fault === code ? `the fault \`${code}\`` : `the fault \`${fault}\` and the code \`${code}\``
  const early =
    row.stage === 'head'
      ? ` Refused before there was an exchange, it also counts in \`tidegate_rejected_requests_total{fault="${fault}"}\`.`
      : ''
  return `## What the client gets

${reply}

## Where it shows

- The access log: ${logged} ([fields](../access-log.md)).
- Metrics: \`tidegate_faults_total{fault="${fault}"}\`, by service where one was chosen ([metrics](../metrics.md)).${early}
- \`tidegate help ${code}\` prints this page.`
}

function index(): string {
  const rows = pageCodes().map((code) => {
    const { status } = exampleOf(code)
    return [`[\`${code}\`](${code}.md)`, status === 0 ? '–' : String(status), titleOf(exampleOf(code))]
  })
  return `# Faults

Every way in which a request can fail has a code: it stands in the reply (\`code\`, and \`type\` leads to its page), in the access log and in the
metrics. \`tidegate help CODE\` prints the page of one. This list is made from \`src/base/fault.ts\` and \`src/base/refusal.ts\`.

${table(['code', 'status', 'title'], rows)}
`
}
