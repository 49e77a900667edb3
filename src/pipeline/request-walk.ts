// Down the list: enters each policy until one answers, refuses or fails. Synchronous until a hook returns a promise or a body is needed.
// Before: `route/table`. After: the route's handler.
import type { Body, Call } from './call.ts'
import { isPending } from './failure.ts'
import type { HookName, PolicyAt } from './failure.ts'
import type { BodyReader, Pipeline } from './pipeline.ts'
import type { BodyNeed, Hooks } from './policy.ts'
import { asVerdict, failedVerdict, proceed } from './verdict.ts'
import type { Verdict } from './verdict.ts'

/** A policy that has something to do on the way in. One shape for all, so that the walk's property loads stay monomorphic. */
interface Step extends PolicyAt {
  readonly hooks: Hooks
  readonly onRequest: Hooks['onRequest']
  readonly onRequestBody: Hooks['onRequestBody']
  /** What to ask the reader for when this is the first policy that needs the body. */
  readonly need: BodyNeed | undefined
}

const bodyTooLarge: Verdict = Object.freeze({ kind: 'fault', fault: 'body_too_large' })

/** Folds the request hooks of `list`; undefined when there is nothing to enter for. */
export function compileRequest(list: readonly { readonly kind: string; readonly hooks: Hooks }[]): Pipeline['onRequest'] {
  const steps = list.map(step).filter((each) => each.onRequest !== undefined || each.onRequestBody !== undefined)
  const total = list.length
  if (steps.length === 0) {
    return list.some(({ hooks }) => hasLaterHook(hooks)) ? (call) => enterAll(call, total) : undefined
  }
  const [only] = steps
  if (steps.length === 1 && only !== undefined && only.need === undefined && only.position === total - 1) {
    return (call) => walkOne(only, call)
  }
  return (call, reader) => walk(steps, total, call, reader)
}

function step(
  { kind, hooks }: { readonly kind: string; readonly hooks: Hooks },
  position: number,
  list: readonly { readonly hooks: Hooks }[],
): Step {
  return { kind, position, hooks, onRequest: hooks.onRequest, onRequestBody: hooks.onRequestBody, need: needAt(list, position) }
}

/** The policy's own bound; parsed when it or any policy below wants JSON, because the body is read once for all of them. */
function needAt(list: readonly { readonly hooks: Hooks }[], position: number): BodyNeed | undefined {
  const own = list[position]?.hooks.needs?.requestBody
  if (own === undefined) return undefined
  const json = list.slice(position).some(({ hooks }) => hooks.needs?.requestBody?.as === 'json')
  return { max: own.max, as: json ? 'json' : 'bytes' }
}

const hasLaterHook = (hooks: Hooks): boolean =>
  (hooks.onResponse ?? hooks.responseStream ?? hooks.onResponseBody ?? hooks.onEnd) !== undefined

function enterAll(call: Call, total: number): Verdict {
  call.entered = total
  return proceed
}

function walkOne(only: Step, call: Call): Verdict | Promise<Verdict> {
  call.entered = only.position + 1
  const verdict = runRequest(only, call)
  return isPending(verdict) ? settle(only, 'onRequest', verdict) : verdict
}

function walk(steps: readonly Step[], total: number, call: Call, reader: BodyReader): Verdict | Promise<Verdict> {
  for (let i = 0; i < steps.length; i++) {
    const current = steps[i] as Step
    call.entered = current.position + 1
    const verdict = runRequest(current, call)
    if (verdict !== proceed) {
      return isPending(verdict) ? walkOn(steps, total, i, verdict, call, reader) : verdict
    }
    if (current.need !== undefined) return walkOn(steps, total, i, proceed, call, reader)
  }
  call.entered = total
  return proceed
}

/** The rest of the walk once it has to wait: from step `at`, whose `onRequest` has already returned `first`. */
async function walkOn(
  steps: readonly Step[],
  total: number,
  at: number,
  first: Verdict | PromiseLike<unknown>,
  call: Call,
  reader: BodyReader,
): Promise<Verdict> {
  let body: Body | undefined
  for (let i = at; i < steps.length; i++) {
    const current = steps[i] as Step
    call.entered = current.position + 1
    let verdict = i === at ? first : runRequest(current, call)
    if (isPending(verdict)) verdict = await settle(current, 'onRequest', verdict)
    if (verdict !== proceed) return verdict
    if (current.need === undefined) continue
    if (body === undefined) {
      const read = await reader.read(current.need)
      if (read.verdict !== undefined) return read.verdict
      body = read.body
    }
    if (body.bytes.length > current.need.max) return bodyTooLarge
    verdict = runBody(current, call, body)
    if (isPending(verdict)) verdict = await settle(current, 'onRequestBody', verdict)
    if (verdict !== proceed) return verdict
  }
  call.entered = total
  return proceed
}

/** Runs `onRequest`; an absent one proceeds. */
function runRequest(current: Step, call: Call): Verdict | PromiseLike<unknown> {
  if (current.onRequest === undefined) return proceed
  try {
    const returned: unknown = current.onRequest.call(current.hooks, call)
    if (returned === proceed) return proceed
    return isPending(returned) ? returned : judge(current, 'onRequest', returned)
  } catch (cause) {
    return failedVerdict(current, 'onRequest', cause)
  }
}

function runBody(current: Step, call: Call, body: Body): Verdict | PromiseLike<unknown> {
  if (current.onRequestBody === undefined) return proceed
  try {
    const returned: unknown = current.onRequestBody.call(current.hooks, call, body)
    return isPending(returned) ? returned : judge(current, 'onRequestBody', returned)
  } catch (cause) {
    return failedVerdict(current, 'onRequestBody', cause)
  }
}

async function settle(current: Step, hook: HookName, pending: PromiseLike<unknown>): Promise<Verdict> {
  try {
    return judge(current, hook, await pending)
  } catch (cause) {
    return failedVerdict(current, hook, cause)
  }
}

function judge(current: Step, hook: HookName, returned: unknown): Verdict {
  return asVerdict(returned) ?? failedVerdict(current, hook, new TypeError(`${hook} returned no verdict`))
}
