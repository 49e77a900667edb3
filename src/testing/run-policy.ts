// Runs one policy against a fake call, through its own schema and the same compiled pipeline that the gateway runs, without sockets.
import { faults } from '../base/fault.ts'
import type { HeaderMap } from '../http/fields.ts'
import { newOutcome } from '../observe/outcome.ts'
import type { CallResponse } from '../pipeline/call.ts'
import { compileAll } from '../pipeline/compile-all.ts'
import { PolicyFailure } from '../pipeline/failure.ts'
import type { BodyReader, Pipeline } from '../pipeline/pipeline.ts'
import type { BodyNeed, Policy } from '../pipeline/policy.ts'
import { createRegistry } from '../pipeline/registry.ts'
import { proceed } from '../pipeline/verdict.ts'
import type { Verdict } from '../pipeline/verdict.ts'
import { driveStages, wholeBody } from './drive-stages.ts'
import { FakeCall, fakeHeaders } from './fake-call.ts'
import type { FakeCallInit, FakeHeaders } from './fake-call.ts'
import { FakeResponse } from './fake-response.ts'

export interface PolicyScenario {
  readonly request?: FakeCallInit
  /** What the service answers when the policy lets the request through; 200 and empty unless said. */
  readonly response?: { readonly status?: number; readonly headers?: FakeHeaders; readonly body?: string | Buffer }
  /** The monotonic clock, milliseconds; 0 unless said. */
  readonly now?: () => number
}

export interface PolicyRun {
  /** What the policy decided on the way in. */
  readonly verdict: Verdict
  /** The call afterwards: `call.request.headers` is what the service would get. */
  readonly call: FakeCall
  readonly response: { readonly status: number; readonly headers: HeaderMap; readonly body: Buffer }
  /** Everything that the policy threw or rejected with, in the order in which it happened. */
  readonly failures: readonly PolicyFailure[]
}

/**
 * Runs `policy` with `options` as a configuration would write them (undefined: bare) over one request and its response.
 * @throws Error with every problem when the options are refused or `create` throws.
 */
export async function runPolicy(policy: Policy, options: unknown, scenario: PolicyScenario = {}): Promise<PolicyRun> {
  const failures: PolicyFailure[] = []
  const call = new FakeCall(scenario.request)
  const pipeline = pipelineOf(policy, options, scenario, (failure) => failures.push(failure))

  const verdict = (await pipeline.onRequest?.(call, bodyReader(call))) ?? proceed
  if (verdict.kind === 'fault' && verdict.failure !== undefined) failures.push(verdict.failure)

  const answer = answerTo(verdict, scenario)
  const failure = await pipeline.onResponse?.(call, answer.response)
  if (failure !== undefined) failures.push(failure)
  const stages = failure === undefined ? (pipeline.responseStages?.(call, answer.response) ?? []) : failure
  const body = stages instanceof PolicyFailure ? stages : await driveStages(stages, call, answer.body)
  if (body instanceof PolicyFailure && body !== failure) failures.push(body)

  const outcome = { ...newOutcome(), status: answer.response.status }
  pipeline.onEnd?.(call, outcome)
  // An asynchronous `onEnd` that rejects does so in a later turn.
  await new Promise((resolve) => setImmediate(resolve))
  return {
    verdict,
    call,
    response:
      body instanceof PolicyFailure
        ? { status: 500, headers: answer.response.headers, body: Buffer.alloc(0) }
        : { status: answer.response.status, headers: answer.response.headers, body },
    failures,
  }
}

/** Asks `policy` about a CORS preflight; undefined when it does not answer any. */
export function runPreflight(policy: Policy, options: unknown, request: FakeCallInit): Verdict | undefined {
  return pipelineOf(policy, options, { request }, () => undefined).onPreflight?.(new FakeCall({ method: 'OPTIONS', ...request }))
}

function pipelineOf(
  policy: Policy,
  options: unknown,
  { request, now }: PolicyScenario,
  report: (failure: PolicyFailure) => void,
): Pipeline {
  const list = {
    route: request?.routeName ?? 'route',
    params: Object.keys(request?.params ?? {}),
    policies: [{ kind: policy.name, options: policy.schema.parse(options ?? {}) }],
  }
  const compiled = compileAll([list], { registry: createRegistry([policy]), now: now ?? ((): number => 0), report })
  if (!compiled.ok) throw new Error(compiled.problems.map(({ path, message }) => `${path}: ${message}`).join('\n'))
  return compiled.pipelines[0] as Pipeline
}

/** The fake call's body, as the exchange would read it. */
function bodyReader(call: FakeCall): BodyReader {
  return {
    read: async (need: BodyNeed) =>
      call.body.length > need.max
        ? { body: undefined, verdict: { kind: 'fault', fault: 'body_too_large' } }
        : { body: wholeBody(call.body, need), verdict: undefined },
  }
}

function answerTo(verdict: Verdict, { response: service }: PolicyScenario): { response: CallResponse; body: Buffer } {
  if (verdict.kind === 'reply') return headAndBody(verdict.reply.status, [...verdict.reply.fields], Buffer.from(verdict.reply.body ?? ''))
  if (verdict.kind === 'refuse')
    return headAndBody(verdict.status, [...verdict.fields], Buffer.from(JSON.stringify({ code: verdict.code })))
  if (verdict.kind === 'fault') return headAndBody(faults[verdict.fault].status, [], Buffer.from(JSON.stringify({ code: verdict.fault })))
  return headAndBody(service?.status ?? 200, fakeHeaders(service?.headers).fields, Buffer.from(service?.body ?? ''))
}

function headAndBody(status: number, fields: string[], body: Buffer): { response: CallResponse; body: Buffer } {
  return { response: new FakeResponse({ status, fields, bodyLength: body.length }), body }
}
