// What every policy and every log sink must do, whoever wrote it: suites to run in one's own tests, with any test runner. They find what a
// gateway would find at the worst moment: options that do not cross threads, a hook that throws for a header that a client may well send.
import { isDeepStrictEqual } from 'node:util'
import type { ZodType } from 'zod'
import type { Policy } from '../pipeline/policy.ts'
import type { Sink } from '../telemetry/sinks/sink.ts'
import type { FakeCallInit } from './fake-call.ts'
import { type PolicyRun, type PolicyScenario, runPolicy } from './run-policy.ts'

/** What a suite is run with. Options are as a configuration would write them. */
export interface ConformanceOptions {
  /** Options that are right. */
  readonly options: unknown
  /** Options of which each has to be refused. */
  readonly wrong?: readonly unknown[]
}

/** Requests as clients send them, the odd and the hostile among them. */
const REQUESTS: readonly FakeCallInit[] = [
  {},
  { method: 'HEAD' },
  { method: 'OPTIONS', headers: { origin: 'https://elsewhere.example', 'access-control-request-method': 'POST' } },
  { method: 'POST', body: '{"a":1}', headers: { 'content-type': 'application/json' } },
  { method: 'POST', body: '{"a":', headers: { 'content-type': 'application/json' } },
  { method: 'PUT', body: Buffer.from([0xff, 0xfe, 0x00]), headers: { 'content-type': 'application/octet-stream' } },
  { path: '/%E2%80%AE/..%2F', query: 'a=1&a=2&%zz&=&&__proto__=1', params: { id: '../\u202e' } },
  { headers: { cookie: 'a=b; a=c; __proto__=d', authorization: 'Bearer ', accept: '*/*;q=0', 'x-empty': '' } },
  { headers: { 'x-long': 'x'.repeat(8_000), 'x-many': Array.from({ length: 50 }, (_, i) => `${i}`), 'x-latin1': '\u00fc\u00ff' } },
  { headers: { range: 'bytes=0-0', 'if-none-match': '*', 'accept-encoding': 'gzip;q=0, br, *' } },
  { client: { address: '2001:db8::1', peer: '127.0.0.1', trusted: true }, host: '[2001:db8::1]:8443', scheme: 'https' },
]

/** Answers as services send them. */
const RESPONSES: readonly NonNullable<PolicyScenario['response']>[] = [
  { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: 'x'.repeat(5_000) },
  { status: 200, headers: { 'content-type': 'application/json', 'content-encoding': 'gzip', etag: '"a"', vary: '*' }, body: '{"a":1}' },
  { status: 204 },
  { status: 206, headers: { 'content-range': 'bytes 0-0/10' }, body: 'x' },
  { status: 304, headers: { etag: 'W/"a"' } },
  { status: 404, headers: { 'set-cookie': ['a=1; Path=/', 'b=2'] }, body: Buffer.from([0xff, 0x00, 0xfe]) },
  { status: 503, headers: { 'retry-after': '1' } },
]

/**
 * Runs a policy through everything. Rejects with an Error that lists all that is wrong, one a line.
 */
export async function conformPolicy(policy: Policy, { options, wrong = [] }: ConformanceOptions): Promise<void> {
  const found = schemaProblems(policy, options, wrong)
  const cases = new Map<string, string[]>()
  for (const request of REQUESTS) {
    for (const response of RESPONSES) {
      const where = `${request.method ?? 'GET'} ${request.path ?? '/'} ${JSON.stringify(request.headers ?? {}).slice(0, 60)}, answered ${response.status}`
      const run = await attempt(() => runPolicy(policy, options, { request, response }))
      for (const problem of typeof run === 'string' ? [run] : runProblems(run)) cases.set(problem, [...(cases.get(problem) ?? []), where])
    }
  }
  for (const [problem, where] of cases) found.push(`${problem} (${where[0]}${where.length > 1 ? `, and ${where.length - 1} more` : ''})`)
  report(`the policy ${policy.name}`, found)
}

/**
 * Hands lines to a sink, one batch after the other, and ends it. Rejects with an Error that lists all that is wrong, one a line. What the
 * sink does with lines is its own matter: look there yourself.
 */
export async function conformSink(sink: Sink, { options, wrong = [] }: ConformanceOptions): Promise<void> {
  const found = schemaProblems(sink, options, wrong)
  const read = sink.schema.safeParse(options)
  if (read.success) {
    const taken = await attempt(async () => {
      const hooks = await sink.create(read.data)
      await hooks.write(['{"message":"one"}', '{"message":"two"}'])
      await hooks.write(Array.from({ length: 1_000 }, (_, i) => `{"n":${i},"text":"ü–\u{1f600}"}`))
      await hooks.end?.()
    })
    if (typeof taken === 'string') found.push(`lines: ${taken}`)
  }
  report(`the sink ${sink.name}`, found)
}

function schemaProblems(plugin: { readonly schema: ZodType }, options: unknown, wrong: readonly unknown[]): string[] {
  const found: string[] = []
  const read = plugin.schema.safeParse(options)
  if (!read.success) return [`the options that are right are refused: ${read.error.issues.map(({ message }) => message).join('; ')}`]
  const again = plugin.schema.safeParse(options)
  if (!isDeepStrictEqual(again.data, read.data)) found.push('the same options are read differently the second time')
  const crossed = cloned(read.data)
  if (crossed === undefined || !isDeepStrictEqual(crossed.value, read.data))
    found.push('what the schema makes of the options is no plain data: it crosses between threads')
  if (typeof options === 'object' && options !== null && plugin.schema.safeParse({ ...options, 'no such key': 1 }).success)
    found.push('an unknown key is not refused: use `z.strictObject`')
  wrong.forEach((each, i) => {
    if (plugin.schema.safeParse(each).success) found.push(`wrong options number ${i + 1} are taken: ${JSON.stringify(each)}`)
  })
  return found
}

function runProblems({ verdict, failures }: PolicyRun): string[] {
  const found = failures.map(({ hook, cause }) => `${hook} failed: ${String(cause)}`)
  if (verdict.kind === 'refuse' && !/^[a-z][a-z0-9_]*$/.test(verdict.code))
    found.push(`the code \`${verdict.code}\` is no word of a–z, 0–9 and _`)
  return found
}

function cloned(value: unknown): { readonly value: unknown } | undefined {
  try {
    return { value: structuredClone(value) }
  } catch {
    return undefined
  }
}

async function attempt<T>(act: () => Promise<T>): Promise<T | string> {
  try {
    return await act()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function report(what: string, found: readonly string[]): void {
  if (found.length > 0) throw new Error([`${what} does not conform:`, ...found].join('\n'))
}
