// The folded pipeline against its interpreted twin: generated lists of policies that wait, throw, refuse, answer and ask for bodies, and
// generated calls; whatever can be seen of a run must be the same, and nothing may wait that no hook made wait.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { newOutcome } from '../../src/observe/outcome.ts'
import { compile } from '../../src/pipeline/compile.ts'
import { PolicyFailure } from '../../src/pipeline/failure.ts'
import { interpret } from '../../src/pipeline/interpret.ts'
import type { BodyReader, Pipeline } from '../../src/pipeline/pipeline.ts'
import type { BodyNeed, Hooks, Transformer } from '../../src/pipeline/policy.ts'
import { proceed, refuse, reply, type Verdict } from '../../src/pipeline/verdict.ts'
import { driveStages, wholeBody } from '../../src/testing/drive-stages.ts'
import { FakeCall } from '../../src/testing/fake-call.ts'
import { FakeResponse } from '../../src/testing/fake-response.ts'

/** How a hook ends, and whether it makes the call wait for that. */
interface Act {
  readonly does: 'right' | 'refuse' | 'reply' | 'fault' | 'throw' | 'garbage'
  readonly timing: 'sync' | 'promise' | 'thenable'
}

interface Spec {
  readonly onRequest: Act | undefined
  readonly requestBody: { readonly act: Act; readonly need: BodyNeed } | undefined
  readonly onResponse: Act | undefined
  readonly responseBody: { readonly kind: 'stream' | 'none' | 'whole' | 'throws'; readonly act: Act } | undefined
  readonly onPreflight: Act | undefined
  readonly onEnd: Act | undefined
}

interface CallSpec {
  readonly body: string
  /** The client's body fails to arrive. */
  readonly bodyFails: boolean
  /** The answer is given without entering any policy, as after a fault before them. */
  readonly skipsRequest: boolean
}

const act = (...does: Act['does'][]): fc.Arbitrary<Act> =>
  fc.record({
    does: fc.oneof({ weight: 3, arbitrary: fc.constant<Act['does']>('right') }, { weight: 2, arbitrary: fc.constantFrom(...does) }),
    timing: fc.oneof(
      { weight: 3, arbitrary: fc.constant<Act['timing']>('sync') },
      { weight: 2, arbitrary: fc.constantFrom('promise', 'thenable') },
    ),
  })
const sometimes = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined, freq: 2 })
const need = fc.record({ max: fc.constantFrom(0, 3, 8), as: fc.constantFrom('json', 'bytes') })

const spec: fc.Arbitrary<Spec> = fc.record({
  onRequest: sometimes(act('refuse', 'reply', 'fault', 'throw', 'garbage')),
  requestBody: fc.option(fc.record({ act: act('refuse', 'reply', 'throw', 'garbage'), need }), { nil: undefined, freq: 1 }),
  onResponse: sometimes(act('throw')),
  responseBody: fc.option(fc.record({ kind: fc.constantFrom('stream', 'none', 'whole', 'throws'), act: act('throw', 'garbage') }), {
    nil: undefined,
    freq: 1,
  }),
  onPreflight: fc.option(act('refuse', 'throw', 'garbage'), { nil: undefined, freq: 1 }),
  onEnd: sometimes(act('throw')),
})
const callSpec: fc.Arbitrary<CallSpec> = fc.record({
  body: fc.constantFrom('', '{}', '[1]', 'not json', '{"long":true}'),
  bodyFails: fc.boolean(),
  skipsRequest: fc.boolean(),
})

type Trace = unknown[]

const ENDS = {
  refuse: refuse('no'),
  reply: reply({ status: 218, body: 'made here' }),
  fault: { kind: 'fault', fault: 'overloaded' },
  garbage: { kind: 'prozeed' },
}

/** Ends as `how` says, with `value` where all goes well, and notes whether it made the caller wait. */
function finish(how: Act, value: unknown, trace: Trace, waits: { count: number }): unknown {
  const end = (): unknown => {
    if (how.does === 'throw') throw new Error('thrown')
    return how.does === 'right' ? value : ENDS[how.does]
  }
  if (how.timing === 'sync') return end()
  waits.count++
  if (how.timing === 'promise') return Promise.resolve().then(end)
  return {
    // oxlint-disable-next-line unicorn/no-thenable
    then: (resolve: (value: unknown) => void, reject: (cause: unknown) => void) => {
      trace.push('then')
      void Promise.resolve().then(end).then(resolve, reject)
    },
  }
}

/** Hooks that note each of their calls. Types are left behind on purpose: plugins return what they like. */
function hooksOf(of: Spec, at: number, trace: Trace, waits: { count: number }): Hooks {
  const note = (hook: string, entered: number, ...more: unknown[]): void => void trace.push([at, hook, entered, ...more])
  const hooks: Record<string, unknown> = { needs: {} }
  const needs = hooks['needs'] as { requestBody?: BodyNeed; responseBody?: BodyNeed }
  const { onRequest, requestBody, onResponse, responseBody, onPreflight, onEnd } = of
  if (onRequest !== undefined) {
    hooks['onRequest'] = function (this: unknown, call: FakeCall): unknown {
      assert.equal(this, hooks)
      note('onRequest', call.entered)
      return finish(onRequest, at % 2 === 0 ? proceed : { kind: 'proceed' }, trace, waits)
    }
  }
  if (requestBody !== undefined) {
    needs.requestBody = requestBody.need
    hooks['onRequestBody'] = (call: FakeCall, body: { bytes: Buffer; json: unknown }): unknown => {
      note('onRequestBody', call.entered, body.bytes.toString(), body.json)
      return finish(requestBody.act, proceed, trace, waits)
    }
  }
  if (onResponse !== undefined) {
    hooks['onResponse'] = function (this: unknown, call: FakeCall, response: FakeResponse): unknown {
      assert.equal(this, hooks)
      note('onResponse', call.entered, response.status)
      response.status++
      return finish(onResponse, undefined, trace, waits)
    }
  }
  if (responseBody?.kind === 'whole') {
    needs.responseBody = { max: 100, as: 'bytes' }
    hooks['onResponseBody'] = (call: FakeCall, body: { bytes: Buffer }): unknown => {
      note('onResponseBody', call.entered, body.bytes.toString())
      return finish(responseBody.act, { bytes: Buffer.from(`${body.bytes.toString()}+${at}`), json: undefined }, trace, waits)
    }
  } else if (responseBody !== undefined) {
    hooks['responseStream'] = (call: FakeCall): unknown => {
      note('responseStream', call.entered)
      if (responseBody.kind === 'none') return undefined
      if (responseBody.kind === 'throws') throw new Error('no stream')
      return transformerOf(responseBody.act, at, trace, waits)
    }
  }
  if (onPreflight !== undefined) {
    hooks['onPreflight'] = (call: FakeCall): unknown => {
      note('onPreflight', call.entered)
      return finish({ ...onPreflight, timing: 'sync' }, reply({ status: 204 }), trace, waits)
    }
  }
  if (onEnd !== undefined) {
    hooks['onEnd'] = function (this: unknown, call: FakeCall): unknown {
      assert.equal(this, hooks)
      note('onEnd', call.entered)
      return finish(onEnd, undefined, trace, waits)
    }
  }
  return hooks
}

function transformerOf(how: Act, at: number, trace: Trace, waits: { count: number }): Transformer {
  return {
    write: (chunk) => {
      trace.push([at, 'write', chunk.toString()])
      return finish(how, Buffer.from(`<${chunk.toString()}`), trace, waits) as Buffer
    },
    end: () => Buffer.from('>'),
    destroy: () => {
      trace.push([at, 'destroy'])
      throw new Error('destroy throws as well')
    },
  }
}

const failureTrace = (failure: PolicyFailure): unknown => [failure.kind, failure.hook, failure.position, String(failure.cause)]
const verdictTrace = (verdict: Verdict): unknown =>
  verdict.kind === 'fault' && verdict.failure !== undefined ? ['failed', failureTrace(verdict.failure)] : { ...verdict }

/** Everything that can be seen of one call through one pipeline. */
async function run(make: typeof compile, specs: readonly Spec[], of: CallSpec, mustNotWait: boolean): Promise<Trace> {
  const trace: Trace = []
  const waits = { count: 0 }
  const list = specs.map((each, at) => ({ kind: `p${at}`, hooks: hooksOf(each, at, trace, waits) }))
  const pipeline = make(list, (failure) => trace.push(['reported', failureTrace(failure)]))
  const call = new FakeCall({ body: of.body })
  trace.push(pipeline.onPreflight === undefined ? 'no preflight' : verdictTrace(pipeline.onPreflight(call)))

  let verdict: Verdict = proceed
  if (!of.skipsRequest && pipeline.onRequest !== undefined) {
    const reads = { count: 0 }
    const pending = pipeline.onRequest(call, readerOf(of, trace, reads))
    if (mustNotWait) assert.equal(pending instanceof Promise, waits.count + reads.count > 0, 'it waits exactly when a hook or a body does')
    verdict = await pending
  }
  trace.push(verdictTrace(verdict))
  await respond(pipeline, call, trace, waits, mustNotWait)
  pipeline.onEnd?.(call, newOutcome())
  await new Promise((resolve) => setImmediate(resolve))
  return trace
}

async function respond(pipeline: Pipeline, call: FakeCall, trace: Trace, waits: { count: number }, mustNotWait: boolean): Promise<void> {
  let response = new FakeResponse({ status: 200, fields: [], bodyLength: 4 })
  const before = waits.count
  let pending = pipeline.onResponse?.(call, response)
  if (mustNotWait) assert.equal(pending instanceof Promise, waits.count > before)
  let failure = await pending
  while (failure !== undefined) {
    trace.push(failureTrace(failure))
    response = new FakeResponse({ status: 500, fields: [], bodyLength: 4 })
    pending = pipeline.onResponse?.(call, response, failure.position)
    failure = await pending
  }
  const stages = pipeline.responseStages?.(call, response) ?? []
  const body = stages instanceof PolicyFailure ? stages : await driveStages(stages, call, Buffer.from('body'))
  trace.push(body instanceof PolicyFailure ? failureTrace(body) : body.toString(), response.status)
}

function readerOf(of: CallSpec, trace: Trace, reads: { count: number }): BodyReader {
  return {
    read: (asked) => {
      reads.count++
      trace.push(['read', { ...asked }])
      if (of.bodyFails) return Promise.resolve({ body: undefined, verdict: { kind: 'fault', fault: 'body_timeout' } })
      const bytes = Buffer.from(of.body)
      if (bytes.length > asked.max) return Promise.resolve({ body: undefined, verdict: { kind: 'fault', fault: 'body_too_large' } })
      return Promise.resolve({ body: wholeBody(bytes, asked), verdict: undefined })
    },
  }
}

test('a compiled pipeline does what the interpreted list does, and waits only where a hook or a body makes it wait', async () => {
  let ran = 0
  await fc.assert(
    fc.asyncProperty(fc.array(spec, { maxLength: 5 }), callSpec, async (specs, of) => {
      ran++
      assert.deepEqual(await run(compile, specs, of, true), await run(interpret, specs, of, false))
    }),
    { numRuns: 3_000, seed: 20_261_124 },
  )
  assert.equal(ran, 3_000)
})

const forgetful: typeof compile = (list, report) => ({ ...compile(list, report), onEnd: undefined })

test('the generated corpus notices a pipeline that forgets one hook', async () => {
  const outcome = await fc.check(
    fc.asyncProperty(fc.array(spec, { maxLength: 5 }), callSpec, async (specs, of) => {
      assert.deepEqual(await run(forgetful, specs, of, true), await run(interpret, specs, of, false))
    }),
    { numRuns: 200, seed: 1 },
  )
  assert.equal(outcome.failed, true)
})
