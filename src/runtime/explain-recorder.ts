// Policies that tell what they do: creators whose hooks note, for each call, what was decided and which fields were changed.
import type { CallView } from '../observe/call-view.ts'
import type { Call } from '../pipeline/call.ts'
import type { PolicyCreators } from '../pipeline/compile-all.ts'
import { isPending } from '../pipeline/failure.ts'
import type { Hooks, PolicyEnv } from '../pipeline/policy.ts'
import { asVerdict } from '../pipeline/verdict.ts'

/** What one hook of one policy did in one call. */
export interface PolicyAct {
  readonly hook: 'preflight' | 'request' | 'request body' | 'response' | 'response stream' | 'response body'
  readonly did: 'proceeds' | 'replies' | 'refuses' | 'faults' | 'failed' | 'changes the body' | 'nothing'
  /** Of a reply or a refusal, or where the response's status was changed. */
  readonly status?: number
  /** A refusal's code, or the fault. */
  readonly code?: string
  /** What a failure said, for the operator alone. */
  readonly message?: string
  /** Names of the fields that were added, changed or removed. */
  readonly changed?: readonly string[]
}

/** An act and where its policy stands in its list, from 0. */
export interface RecordedAct {
  readonly position: number
  readonly act: PolicyAct
}

type FieldList = readonly string[]

export class Recorder implements PolicyCreators {
  readonly #inner: PolicyCreators
  readonly #acts = new WeakMap<CallView, RecordedAct[]>()
  readonly #preflights = new Set<string>()
  // Policies of one list are created one after the other, each with the list's own environment.
  #list: PolicyEnv | undefined = undefined
  #position = 0

  constructor(inner: PolicyCreators) {
    this.#inner = inner
  }

  get(kind: string): ReturnType<PolicyCreators['get']> {
    const found = this.#inner.get(kind)
    if (found === undefined) return undefined
    return {
      ...(found.schema && { schema: found.schema }),
      create: (options, env) => {
        this.#position = env === this.#list ? this.#position + 1 : 0
        this.#list = env
        const hooks = found.create(options, env)
        if (hooks.onPreflight !== undefined) this.#preflights.add(keyOf(kind, options))
        return this.#recorded(hooks, this.#position)
      },
    }
  }

  /** Can such a policy answer a preflight? Known once one has been created. */
  answersPreflights(kind: string, options: unknown): boolean {
    return this.#preflights.has(keyOf(kind, options))
  }

  /** What was done in a call, in order. */
  acts(call: CallView): readonly RecordedAct[] {
    return this.#acts.get(call) ?? []
  }

  #tell(call: CallView, position: number, act: PolicyAct): void {
    let acts = this.#acts.get(call)
    if (acts === undefined) this.#acts.set(call, (acts = []))
    acts.push({ position, act })
  }

  #recorded(hooks: Hooks, position: number): Hooks {
    const { needs, onRequest, onRequestBody, onResponse, responseStream, onResponseBody, onPreflight, onEnd } = hooks
    const request = (call: Call): FieldList => call.request.head.fields
    return {
      ...(needs && { needs }),
      ...(onEnd && { onEnd: (call, outcome) => onEnd.call(hooks, call, outcome) }),
      ...(onPreflight && {
        onPreflight: (call) => this.#around(call, position, 'preflight', request, () => onPreflight.call(hooks, call)),
      }),
      ...(onRequest && { onRequest: (call) => this.#around(call, position, 'request', request, () => onRequest.call(hooks, call)) }),
      ...(onRequestBody && {
        onRequestBody: (call, body) => this.#around(call, position, 'request body', request, () => onRequestBody.call(hooks, call, body)),
      }),
      ...(onResponse && {
        onResponse: (call, response) => {
          const { status } = response
          const fields = (): FieldList => response.head.fields
          const tell = (): Partial<PolicyAct> => (response.status === status ? {} : { status: response.status })
          return this.#around(call, position, 'response', fields, () => onResponse.call(hooks, call, response), tell)
        },
      }),
      ...(responseStream && {
        responseStream: (call, response) => {
          const fields = (): FieldList => response.head.fields
          const tell = (stream: unknown): Partial<PolicyAct> => (stream === undefined ? {} : { did: 'changes the body' })
          return this.#around(call, position, 'response stream', fields, () => responseStream.call(hooks, call, response), tell)
        },
      }),
      ...(onResponseBody && {
        onResponseBody: (call, body) => {
          const tell = (made: unknown): Partial<PolicyAct> => (made === body ? {} : { did: 'changes the body' })
          return this.#around(
            call,
            position,
            'response body',
            () => [],
            () => onResponseBody.call(hooks, call, body),
            tell,
          )
        },
      }),
    }
  }

  /** Runs a hook and notes what came of it. What it returns or throws is passed on. */
  #around<T>(
    call: Call,
    position: number,
    hook: PolicyAct['hook'],
    fields: (call: Call) => FieldList,
    run: () => T,
    tell: (returned: unknown) => Partial<PolicyAct> = actOf,
  ): T {
    const before = [...fields(call)]
    const note = (returned: unknown): void => {
      const changed = changedNames(before, fields(call))
      this.#tell(call, position, { hook, did: 'nothing', ...tell(returned), ...(changed.length > 0 && { changed }) })
    }
    const failed = (cause: unknown): void =>
      this.#tell(call, position, { hook, did: 'failed', message: cause instanceof Error ? cause.message : String(cause) })
    let returned: T
    try {
      returned = run()
    } catch (cause) {
      failed(cause)
      throw cause
    }
    if (isPending(returned)) returned.then(note, failed)
    else note(returned)
    return returned
  }
}

const keyOf = (kind: string, options: unknown): string => `${kind} ${JSON.stringify(options)}`

function actOf(returned: unknown): Partial<PolicyAct> {
  const verdict = asVerdict(returned)
  switch (verdict?.kind) {
    case 'proceed':
      return { did: 'proceeds' }
    case 'reply':
      return { did: 'replies', status: verdict.reply.status, ...(verdict.note !== undefined && { message: verdict.note }) }
    case 'refuse':
      return { did: 'refuses', status: verdict.status, code: verdict.code }
    case 'fault':
      return { did: 'faults', code: verdict.fault }
    default:
      return { did: 'failed', message: 'it returned no verdict' }
  }
}

/** Names whose values are not the same any more, in the order of the alphabet. */
function changedNames(before: FieldList, after: FieldList): string[] {
  const values = (fields: FieldList): Map<string, string> => {
    const all = new Map<string, string>()
    for (let i = 0; i < fields.length; i += 2)
      all.set(fields[i] as string, `${all.get(fields[i] as string) ?? ''}\n${fields[i + 1] as string}`)
    return all
  }
  const [was, is] = [values(before), values(after)]
  return [...new Set([...was.keys(), ...is.keys()])].filter((name) => was.get(name) !== is.get(name)).toSorted()
}
