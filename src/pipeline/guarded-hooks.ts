// Hooks whose code is not ours, behind a guard made at load: what they wrote is judged when they return, and they return in time. What is
// wrong is a throw or a rejection of the hook, so that the walks, which answer those with that request's 500, need not know of it.
import { faults } from '../base/fault.ts'
import { checkedAnswerFields, checkListedFields, checkStatus } from '../http/written-fields.ts'
import type { Call, CallResponse } from './call.ts'
import { isPending } from './failure.ts'
import type { Hooks, Transformer } from './policy.ts'
import { asVerdict, proceed } from './verdict.ts'
import type { Verdict } from './verdict.ts'

/** How long a hook's promise is waited for, in ms: far above what any look-up takes whose client still waits. */
export const HOOK_MAX = 30_000

const vouchedFor = new WeakSet<Hooks>()

/** Says of hooks of ours that what they write was checked at load, and that they wait for nobody: they run bare. */
export function vouched(hooks: Hooks): Hooks {
  vouchedFor.add(hooks)
  return hooks
}

/** `hooks` behind the guard; hooks that are vouched for come back as they are. */
export function guardHooks(hooks: Hooks): Hooks {
  if (vouchedFor.has(hooks)) return hooks
  const { needs, onRequest, onRequestBody, onResponse, responseStream, onResponseBody, onPreflight, onEnd } = hooks
  return {
    ...(needs && { needs }),
    ...(onRequest && { onRequest: (call) => then(call, onRequest.call(hooks, call), (verdict) => judgedOf(call, verdict)) }),
    ...(onRequestBody && {
      onRequestBody: (call, body) => then(call, onRequestBody.call(hooks, call, body), (verdict) => judgedOf(call, verdict)),
    }),
    ...(onResponse && {
      onResponse: (call, response) => then(call, onResponse.call(hooks, call, response), () => checkResponse(response)),
    }),
    ...(responseStream && {
      responseStream: (call, response) => streamOf(call, response, responseStream.call(hooks, call, response)),
    }),
    ...(onResponseBody && { onResponseBody: (call, body) => then(call, onResponseBody.call(hooks, call, body), (made) => made) }),
    ...(onPreflight && { onPreflight: (call) => judged(onPreflight.call(hooks, call)) }),
    ...(onEnd && { onEnd: (call, outcome) => onEnd.call(hooks, call, outcome) }),
  }
}

/** `check` over what a hook returned, once it is there. */
function then<T, R>(call: Call, returned: T | Promise<T>, check: (value: T) => R): R | Promise<R> {
  return isPending(returned) ? inTime(call, returned).then(check) : check(returned)
}

/** The same promise, but for the end that the exchange makes of it after `HOOK_MAX`. */
function inTime<T>(call: Call, pending: PromiseLike<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const settled = call.awaits?.(HOOK_MAX, () => reject(new Error(`it gave no answer within ${HOOK_MAX / 1_000} s`)))
    pending.then(
      (value) => {
        settled?.()
        resolve(value)
      },
      (cause: unknown) => {
        settled?.()
        reject(cause)
      },
    )
  })
}

/** A verdict, and the request that it lets through. */
function judgedOf(call: Call, returned: unknown): Verdict {
  if (returned !== proceed) return judged(returned)
  checkListedFields(call.request.head, 'request')
  return proceed
}

/** A verdict with what it says checked. What has not the shape of one stays as it is: the walk knows what to say of that. */
function judged(returned: unknown): Verdict {
  const verdict = asVerdict(returned)
  switch (verdict?.kind) {
    case 'reply': {
      const { status, fields, body } = verdict.reply
      checkStatus(status)
      if (body !== undefined && typeof body !== 'string' && !Buffer.isBuffer(body)) return noVerdict
      return { ...verdict, reply: { status, fields: checkedAnswerFields(fields), body } }
    }
    case 'refuse':
      checkStatus(verdict.status)
      if (typeof verdict.code !== 'string') return noVerdict
      return { ...verdict, fields: checkedAnswerFields(verdict.fields) }
    case 'fault':
      return Object.hasOwn(faults, verdict.fault) ? verdict : noVerdict
    default:
      return verdict ?? noVerdict
  }
}

// What the walk answers as `returned no verdict`.
const noVerdict = undefined as unknown as Verdict

function checkResponse(response: CallResponse): void {
  checkStatus(response.status)
  checkListedFields(response.head, 'response')
}

/** A transformer whose promises are in time, of a policy that may have changed the head for it. */
function streamOf(call: Call, response: CallResponse, transformer: Transformer | undefined): Transformer | undefined {
  let good = false
  try {
    checkResponse(response)
    good = true
  } finally {
    if (!good) transformer?.destroy?.()
  }
  if (transformer === undefined) return undefined
  const step = <T>(made: T | Promise<T>): T | Promise<T> => then(call, made, (value) => value)
  return {
    write: (chunk) => step(transformer.write(chunk)),
    ...(transformer.flush && { flush: () => step(transformer.flush?.()) }),
    end: () => step(transformer.end()),
    destroy: () => transformer.destroy?.(),
  }
}
