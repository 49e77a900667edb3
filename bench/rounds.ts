// The rounds of one case: every contender in turn, its CPU time divided by the requests it answered.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Case } from './cases.ts'
import { messageOf, tell } from './ground.ts'
import { faultOf, loadWith, type LoadResult } from './load/wrk.ts'
import { cpuBetween, sampleCpu } from './measure/cpu.ts'
import { residentMemory } from './measure/memory.ts'
import type { Stand } from './stand.ts'

/** Time after a load for a contender to put away what it left, in ms; it belongs to the load. */
const SETTLE = 40

/** From this size on, bytes, an answer that the end of a round cuts counts by its share: 256 of them can be half of all. */
const LARGE_ANSWER = 64 * 1024

export interface Round extends LoadResult {
  /** CPU time of the contender's process tree, ns. */
  readonly cpu: number
  /** Answers by which the CPU time is divided: the complete ones, of large ones also the parts that arrived. */
  readonly answers: number
}

export interface Outcome {
  readonly contender: string
  readonly version: string
  /** One entry a round; empty when the contender failed. */
  readonly rounds: readonly Round[]
  /** Why the figures of this contender do not count. */
  readonly failure: string | undefined
  /** Resident memory after the last round, bytes. */
  readonly memory: number
}

export interface Loading {
  readonly connections: number
  readonly rounds: number
  readonly seconds: number
  /** The loader's cores. */
  readonly cores: string
}

/** Runs one case over the stands that take part. A stand that fails is left out from then on, and says why. */
export async function runCase(of: Case, stands: readonly Stand[], loading: Loading): Promise<Outcome[]> {
  const rounds = new Map<Stand, Round[]>(stands.map((stand) => [stand, []]))
  const failures = new Map<Stand, string>()
  const visit = async (stand: Stand, keep: boolean) => {
    if (failures.has(stand)) return
    try {
      const round = await measure(of, stand, loading)
      if (keep) rounds.get(stand)?.push(round)
    } catch (error) {
      failures.set(stand, messageOf(error))
      tell(`  ${stand.name}: ${messageOf(error)}`)
    }
  }
  // Unmeasured: the code of those that compile as they run, the pools of all.
  for (const stand of stands) await visit(stand, false)
  for (let round = 0; round < loading.rounds; round++) {
    // Nobody always follows the same neighbour after the same pause.
    for (let i = 0; i < stands.length; i++) await visit(stands[(i + round) % stands.length] as Stand, true)
  }
  return Promise.all(
    stands.map(async (stand) => {
      const failure = failures.get(stand)
      return {
        contender: stand.name,
        version: stand.version,
        rounds: failure === undefined ? (rounds.get(stand) ?? []) : [],
        failure,
        memory: await residentMemory(stand.running.pid),
      }
    }),
  )
}

async function measure(of: Case, stand: Stand, loading: Loading): Promise<Round> {
  if (!stand.running.alive()) throw new Error(`has ended: ${await stand.running.tail()}`)
  const before = await sampleCpu(stand.running.pid)
  const result = await loadWith(of.load, stand.port, loading.connections, loading.seconds, loading.cores)
  await sleep(SETTLE)
  const cpu = cpuBetween(before, await sampleCpu(stand.running.pid))
  const fault = faultOf(result)
  if (fault !== undefined) throw new Error(`${fault} among ${result.requests} answers`)
  if (result.bytes < result.requests * of.answer) throw new Error(`${result.bytes} bytes are too few for ${result.requests} answers`)
  if (!stand.running.alive()) throw new Error(`has ended: ${await stand.running.tail()}`)
  const answers = of.answer < LARGE_ANSWER ? result.requests : result.bytes / of.answer
  return { ...result, cpu, answers }
}
