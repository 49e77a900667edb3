// Up the list: response hooks, body stages and `onEnd`, for every policy that was entered. Steps are kept in reverse order, so that
// each walk is a plain loop. Before: the route's handler. After: the codec that writes the answer.
import type { Outcome } from '../observe/outcome.ts'
import type { Body, Call, CallResponse } from './call.ts'
import { isPending, PolicyFailure } from './failure.ts'
import type { PolicyAt } from './failure.ts'
import { guardTransformer } from './guarded-transformer.ts'
import type { BodyStage, FailureReport, Pipeline } from './pipeline.ts'
import type { Hooks } from './policy.ts'

/** A policy of the list beside its hooks. */
export interface Instance {
  readonly kind: string
  readonly hooks: Hooks
}

/** One policy's hook on the way out, with the object that it is a method of. */
interface Step<Hook> extends PolicyAt {
  readonly hooks: Hooks
  readonly hook: Hook
}

/** The policies that have `name`, last first. */
function stepsUp<Name extends 'onResponse' | 'onEnd'>(list: readonly Instance[], name: Name): Step<NonNullable<Hooks[Name]>>[] {
  const steps: Step<NonNullable<Hooks[Name]>>[] = []
  for (const [position, { kind, hooks }] of list.entries()) {
    const hook = hooks[name]
    if (hook !== undefined) steps.unshift({ kind, position, hooks, hook })
  }
  return steps
}

/** Folds the `onResponse` hooks of `list`. */
export function compileResponse(list: readonly Instance[]): Pipeline['onResponse'] {
  const steps = stepsUp(list, 'onResponse')
  if (steps.length === 0) return undefined
  return (call, response, from) => respond(steps, 0, from ?? call.entered, call, response)
}

type ResponseStep = Step<NonNullable<Hooks['onResponse']>>

function respond(
  steps: readonly ResponseStep[],
  at: number,
  from: number,
  call: Call,
  response: CallResponse,
): PolicyFailure | undefined | Promise<PolicyFailure | undefined> {
  for (let i = at; i < steps.length; i++) {
    const step = steps[i] as ResponseStep
    if (step.position >= from) continue
    try {
      const pending: unknown = step.hook.call(step.hooks, call, response)
      if (isPending(pending)) return respondLater(pending, steps, i, from, call, response)
    } catch (cause) {
      return new PolicyFailure(step, 'onResponse', cause)
    }
  }
  return undefined
}

async function respondLater(
  pending: PromiseLike<unknown>,
  steps: readonly ResponseStep[],
  at: number,
  from: number,
  call: Call,
  response: CallResponse,
): Promise<PolicyFailure | undefined> {
  try {
    await pending
  } catch (cause) {
    return new PolicyFailure(steps[at] as ResponseStep, 'onResponse', cause)
  }
  return respond(steps, at + 1, from, call, response)
}

/** Folds the `onEnd` hooks of `list`; what they throw or reject with goes to `report`. */
export function compileEnd(list: readonly Instance[], report: FailureReport): Pipeline['onEnd'] {
  const steps = stepsUp(list, 'onEnd')
  if (steps.length === 0) return undefined
  return (call, outcome) => {
    for (const step of steps) if (step.position < call.entered) end(step, call, outcome, report)
  }
}

function end(
  step: Step<NonNullable<Hooks['onEnd']>>,
  call: Parameters<NonNullable<Hooks['onEnd']>>[0],
  outcome: Outcome,
  report: FailureReport,
): void {
  try {
    const pending: unknown = step.hook.call(step.hooks, call, outcome)
    // An `async onEnd` type-checks as one that returns void; nobody else would ever see it reject.
    if (isPending(pending)) void Promise.resolve(pending).catch((cause: unknown) => report(new PolicyFailure(step, 'onEnd', cause)))
  } catch (cause) {
    report(new PolicyFailure(step, 'onEnd', cause))
  }
}

/** What a policy does to the body: a stage that is the same for every call, or a transformer made for each. */
type StageStep = PolicyAt & { readonly hooks: Hooks; readonly whole: BodyStage | undefined }

/** Folds `responseStream` and `onResponseBody` of `list`. */
export function compileStages(list: readonly Instance[]): Pipeline['responseStages'] {
  const steps: StageStep[] = []
  for (const [position, { kind, hooks }] of list.entries()) {
    const at = { kind, position }
    if (hooks.onResponseBody !== undefined || hooks.responseStream !== undefined)
      steps.unshift({ ...at, hooks, whole: wholeStage(at, hooks) })
  }
  if (steps.length === 0) return undefined
  return (call, response) => stagesFor(steps, call, response)
}

function stagesFor(steps: readonly StageStep[], call: Call, response: CallResponse): readonly BodyStage[] | PolicyFailure {
  const stages: BodyStage[] = []
  for (const step of steps) {
    if (step.position >= call.entered) continue
    if (step.whole !== undefined) {
      stages.push(step.whole)
      continue
    }
    try {
      const transformer = step.hooks.responseStream?.(call, response)
      if (transformer !== undefined) stages.push({ kind: 'stream', stream: guardTransformer(transformer, step) })
    } catch (cause) {
      for (const stage of stages) if (stage.kind === 'stream') stage.stream.destroy()
      return new PolicyFailure(step, 'responseStream', cause)
    }
  }
  return stages
}

/** The stage of `onResponseBody`, made once at load. */
function wholeStage(at: PolicyAt, hooks: Hooks): BodyStage | undefined {
  const need = hooks.needs?.responseBody
  if (hooks.onResponseBody === undefined || need === undefined) return undefined
  return { kind: 'whole', need, run: (call, body) => runWhole(at, hooks, call, body) }
}

function runWhole(at: PolicyAt, hooks: Hooks, call: Call, body: Body): Body | PolicyFailure | Promise<Body | PolicyFailure> {
  try {
    const returned: unknown = hooks.onResponseBody?.(call, body)
    return isPending(returned) ? settleWhole(at, returned) : asBody(at, returned)
  } catch (cause) {
    return new PolicyFailure(at, 'onResponseBody', cause)
  }
}

async function settleWhole(at: PolicyAt, pending: PromiseLike<unknown>): Promise<Body | PolicyFailure> {
  try {
    return asBody(at, await pending)
  } catch (cause) {
    return new PolicyFailure(at, 'onResponseBody', cause)
  }
}

function asBody(at: PolicyAt, returned: unknown): Body | PolicyFailure {
  const bytes = typeof returned === 'object' && returned !== null ? (returned as Body).bytes : undefined
  return Buffer.isBuffer(bytes)
    ? (returned as Body)
    : new PolicyFailure(at, 'onResponseBody', new TypeError('onResponseBody returned no body'))
}
