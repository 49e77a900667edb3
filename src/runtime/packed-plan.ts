// A plan as bytes in shared memory, made once and read by every worker. Posting the plan itself would have main walk all of it again for
// each worker: 25 ms of its loop for 10,000 routes, each time.
import { deserialize, serialize } from 'node:v8'
import type { Plan } from '../config/plan.ts'

export interface PackedPlan {
  readonly version: number
  /** As `node:v8` writes it: what structured clone carries, objects that stand in several places once. */
  readonly bytes: SharedArrayBuffer
}

/** @throws DataCloneError for what is no plain data. */
export function packPlan(plan: Plan): PackedPlan {
  const written = serialize(plan)
  const bytes = new SharedArrayBuffer(written.length)
  new Uint8Array(bytes).set(written)
  return { version: plan.version, bytes }
}

/** A plan of the caller's own, equal to the one that was packed. */
export const unpackPlan = ({ bytes }: PackedPlan): Plan => deserialize(new Uint8Array(bytes)) as Plan
