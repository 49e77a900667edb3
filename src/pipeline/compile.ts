// Folds a route's list of policies into one pipeline, at load: absent hooks leave no trace, and nothing waits until a hook makes it wait.
// `interpret.ts` is its slow, obvious twin; a generated corpus proves that both agree.
import type { Call } from './call.ts'
import type { PolicyAt } from './failure.ts'
import type { FailureReport, Pipeline } from './pipeline.ts'
import type { Hooks } from './policy.ts'
import { compileRequest } from './request-walk.ts'
import { compileEnd, compileResponse, compileStages } from './response-walk.ts'
import type { Instance } from './response-walk.ts'
import { asVerdict, failedVerdict } from './verdict.ts'
import type { Verdict } from './verdict.ts'

/**
 * The pipeline of `list`, top first. `slots` is how many per-call slots its policies reserved; `report` hears of `onEnd` failures.
 * The hooks are taken as they are: what can be wrong with them is found by `hookProblems` before.
 */
export function compile(list: readonly Instance[], report: FailureReport, slots = 0): Pipeline {
  return Object.freeze({
    kinds: Object.freeze(list.map(({ kind }) => kind)),
    slots,
    onRequest: compileRequest(list),
    onResponse: compileResponse(list),
    responseStages: compileStages(list),
    onPreflight: compilePreflight(list),
    onEnd: compileEnd(list, report),
  })
}

/** The first policy that can answer preflights answers them. */
function compilePreflight(list: readonly Instance[]): Pipeline['onPreflight'] {
  const position = list.findIndex(({ hooks }) => hooks.onPreflight !== undefined)
  const found = list[position]
  if (found === undefined) return undefined
  const at = { kind: found.kind, position }
  const { hooks } = found
  return (call) => preflight(at, hooks, call)
}

function preflight(at: PolicyAt, hooks: Hooks, call: Call): Verdict {
  try {
    return asVerdict(hooks.onPreflight?.(call)) ?? failedVerdict(at, 'onPreflight', new TypeError('onPreflight returned no verdict'))
  } catch (cause) {
    return failedVerdict(at, 'onPreflight', cause)
  }
}

/** What is wrong with the hooks that a policy's `create` returned, one sentence each; empty when they can be compiled. */
export function hookProblems(hooks: Hooks): string[] {
  const problems: string[] = []
  const { requestBody, responseBody } = hooks.needs ?? {}
  if (hooks.onRequestBody !== undefined && requestBody === undefined) problems.push('has `onRequestBody` but no `needs.requestBody`')
  if (hooks.onRequestBody === undefined && requestBody !== undefined) problems.push('has `needs.requestBody` but no `onRequestBody`')
  if (hooks.onResponseBody !== undefined && responseBody === undefined) problems.push('has `onResponseBody` but no `needs.responseBody`')
  if (hooks.onResponseBody === undefined && responseBody !== undefined) problems.push('has `needs.responseBody` but no `onResponseBody`')
  if (hooks.onResponseBody !== undefined && hooks.responseStream !== undefined) {
    problems.push('has both `responseStream` and `onResponseBody`: a body is either passed on or read whole')
  }
  for (const need of [requestBody, responseBody]) {
    if (need !== undefined && !(Number.isSafeInteger(need.max) && need.max >= 0))
      problems.push('needs a body of at most no whole number of bytes')
  }
  return problems
}
