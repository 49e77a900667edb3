// The slow, obvious twin of `compile.ts`: the meaning of a list of policies, in loops that can be read against the documents.
// It shares no walking code with `compile`; test/differential/ proves that both do the same. It is never used at run time.
import type { Body, Call, CallResponse } from './call.ts'
import { PolicyFailure } from './failure.ts'
import type { HookName } from './failure.ts'
import type { BodyReader, BodyStage, BodyStream, FailureReport, Pipeline, StreamStep } from './pipeline.ts'
import type { Hooks, Transformer } from './policy.ts'
import { proceed } from './verdict.ts'
import type { Verdict } from './verdict.ts'

interface Entry {
  readonly kind: string
  readonly hooks: Hooks
  readonly position: number
}

/** The pipeline of `list`, top first, by interpretation. */
export function interpret(list: readonly { readonly kind: string; readonly hooks: Hooks }[], report: FailureReport, slots = 0): Pipeline {
  const down: Entry[] = list.map(({ kind, hooks }, position) => ({ kind, hooks, position }))
  const up = down.toReversed()
  return {
    kinds: list.map(({ kind }) => kind),
    slots,

    onRequest: async (call, reader) => {
      const body = new SharedBody(down, reader)
      for (const entry of down) {
        call.entered = entry.position + 1
        const verdict = await enter(entry, call, body)
        if (verdict.kind !== 'proceed') return verdict
      }
      return proceed
    },

    onResponse: async (call, response, from = call.entered) => {
      for (const entry of up) {
        if (entry.position >= from) continue
        try {
          await entry.hooks.onResponse?.(call, response)
        } catch (cause) {
          return new PolicyFailure(entry, 'onResponse', cause)
        }
      }
      return undefined
    },

    responseStages: (call, response) => {
      const stages: BodyStage[] = []
      for (const entry of up) {
        if (entry.position >= call.entered) continue
        try {
          const stage = stageOf(entry, call, response)
          if (stage !== undefined) stages.push(stage)
        } catch (cause) {
          for (const stage of stages) if (stage.kind === 'stream') stage.stream.destroy()
          return new PolicyFailure(entry, 'responseStream', cause)
        }
      }
      return stages
    },

    onPreflight: list.some(({ hooks }) => hooks.onPreflight !== undefined) ? (call) => preflight(down, call) : undefined,

    onEnd: (call, outcome) => {
      for (const entry of up) {
        if (entry.position >= call.entered) continue
        const failed = (cause: unknown): void => report(new PolicyFailure(entry, 'onEnd', cause))
        try {
          Promise.resolve(entry.hooks.onEnd?.(call, outcome)).catch(failed)
        } catch (cause) {
          failed(cause)
        }
      }
    },
  }
}

/** One policy on the way in: `onRequest`, then its body hook. */
async function enter(entry: Entry, call: Call, shared: SharedBody): Promise<Verdict> {
  const { hooks } = entry
  if (hooks.onRequest !== undefined) {
    const verdict = await attempt(entry, 'onRequest', () => hooks.onRequest?.(call))
    if (verdict.kind !== 'proceed') return verdict
  }
  const need = hooks.needs?.requestBody
  if (need === undefined) return proceed
  const read = await shared.get(entry.position, need.max)
  if (read.body === undefined) return read.verdict
  const { body } = read
  return attempt(entry, 'onRequestBody', () => hooks.onRequestBody?.(call, body))
}

/** A hook's verdict, whatever the hook does. */
async function attempt(entry: Entry, hook: HookName, run: () => unknown): Promise<Verdict> {
  try {
    const verdict = (await run()) as Verdict | undefined | null
    if (['proceed', 'reply', 'refuse', 'fault'].includes(verdict?.kind ?? '')) return verdict as Verdict
    return failed(entry, hook, new TypeError(`${hook} returned no verdict`))
  } catch (cause) {
    return failed(entry, hook, cause)
  }
}

const failed = (entry: Entry, hook: HookName, cause: unknown): Verdict => ({
  kind: 'fault',
  fault: 'policy_failed',
  failure: new PolicyFailure(entry, hook, cause),
})

/** The request body: read when the first policy needs it, by that policy's bound, and kept for those below. */
class SharedBody {
  readonly #entries: readonly Entry[]
  readonly #reader: BodyReader
  #body: Body | undefined

  constructor(entries: readonly Entry[], reader: BodyReader) {
    this.#entries = entries
    this.#reader = reader
  }

  async get(position: number, max: number): ReturnType<BodyReader['read']> {
    if (this.#body === undefined) {
      const json = this.#entries.some((entry) => entry.position >= position && entry.hooks.needs?.requestBody?.as === 'json')
      const read = await this.#reader.read({ max, as: json ? 'json' : 'bytes' })
      if (read.body === undefined) return read
      this.#body = read.body
    }
    const body = this.#body
    return body.bytes.length > max ? { body: undefined, verdict: { kind: 'fault', fault: 'body_too_large' } } : { body, verdict: undefined }
  }
}

function preflight(down: readonly Entry[], call: Call): Verdict {
  const entry = down.find(({ hooks }) => hooks.onPreflight !== undefined) as Entry
  try {
    const verdict = entry.hooks.onPreflight?.(call)
    if (['proceed', 'reply', 'refuse', 'fault'].includes(verdict?.kind ?? '')) return verdict as Verdict
    return failed(entry, 'onPreflight', new TypeError('onPreflight returned no verdict'))
  } catch (cause) {
    return failed(entry, 'onPreflight', cause)
  }
}

function stageOf(entry: Entry, call: Call, response: CallResponse): BodyStage | undefined {
  const { hooks } = entry
  const need = hooks.needs?.responseBody
  if (hooks.onResponseBody !== undefined && need !== undefined) return { kind: 'whole', need, run: (at, body) => whole(entry, at, body) }
  const transformer = hooks.responseStream?.(call, response)
  return transformer === undefined ? undefined : { kind: 'stream', stream: streamOf(entry, transformer) }
}

async function whole(entry: Entry, call: Call, body: Body): Promise<Body | PolicyFailure> {
  try {
    const returned = await entry.hooks.onResponseBody?.(call, body)
    if (Buffer.isBuffer(returned?.bytes)) return returned
    return new PolicyFailure(entry, 'onResponseBody', new TypeError('onResponseBody returned no body'))
  } catch (cause) {
    return new PolicyFailure(entry, 'onResponseBody', cause)
  }
}

function streamOf(entry: Entry, transformer: Transformer): BodyStream {
  let live: Transformer | undefined = transformer
  const destroy = (): void => {
    const last = live
    live = undefined
    try {
      last?.destroy?.()
    } catch {
      // Too late to change anything.
    }
  }
  const step = async (run: (at: Transformer) => unknown): Promise<Buffer | undefined | PolicyFailure> => {
    try {
      const out = live === undefined ? undefined : await run(live)
      if (out === undefined || Buffer.isBuffer(out)) return out
      destroy()
      return new PolicyFailure(entry, 'responseStream', new TypeError('a transformer gave something else than bytes'))
    } catch (cause) {
      destroy()
      return new PolicyFailure(entry, 'responseStream', cause)
    }
  }
  return {
    write: (chunk): StreamStep => step((at) => at.write(chunk)),
    flush: (): StreamStep => step((at) => at.flush?.()),
    end: (): StreamStep => step((at) => at.end()),
    destroy,
  }
}
