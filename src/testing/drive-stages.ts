// Sends a whole response body through its stages, as the exchange does, for tests: streams get it as one chunk.
import type { Body, Call } from '../pipeline/call.ts'
import { PolicyFailure } from '../pipeline/failure.ts'
import type { BodyNeed } from '../pipeline/policy.ts'
import type { BodyStage, BodyStream } from '../pipeline/pipeline.ts'

/** What comes out at the top, or the failure of the stage that had one; the other streams are then destroyed. */
export async function driveStages(stages: readonly BodyStage[], call: Call, body: Buffer): Promise<Buffer | PolicyFailure> {
  let bytes = body
  for (const stage of stages) {
    const out = stage.kind === 'whole' ? await runWhole(stage, call, bytes) : await runStream(stage.stream, bytes)
    if (out instanceof PolicyFailure) {
      for (const each of stages) if (each.kind === 'stream') each.stream.destroy()
      return out
    }
    bytes = out
  }
  return bytes
}

/** A body as a policy that needs it gets it; `json` only when asked for, and only when it parses. */
export function wholeBody(bytes: Buffer, need: BodyNeed): Body {
  if (need.as === 'bytes') return { bytes, json: undefined }
  try {
    return { bytes, json: JSON.parse(bytes.toString()) as unknown }
  } catch {
    return { bytes, json: undefined }
  }
}

async function runWhole(stage: BodyStage & { kind: 'whole' }, call: Call, bytes: Buffer): Promise<Buffer | PolicyFailure> {
  const out = await stage.run(call, wholeBody(bytes, stage.need))
  return out instanceof PolicyFailure ? out : out.bytes
}

async function runStream(stream: BodyStream, bytes: Buffer): Promise<Buffer | PolicyFailure> {
  const parts: Buffer[] = []
  for (const step of [() => stream.write(bytes), () => stream.flush(), () => stream.end()]) {
    const out = await step()
    if (out instanceof PolicyFailure) return out
    if (out !== undefined) parts.push(out)
  }
  return Buffer.concat(parts)
}
