// What `check` cannot know offline: the machine, the files, the ports, and whether anybody listens where services are said to be.
import { statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import type { Clock } from '../base/clock.ts'
import type { Plan } from '../config/plan.ts'
import { type LookUp, SystemLookUp } from '../upstream/resolve/look-up.ts'
import { descriptorLimit, fewDescriptors } from './descriptor-limit.ts'
import { type Diagnosis, fail, ok, warn } from './diagnosis.ts'
import { endpoints } from './doctor-endpoints.ts'
import { configurationFiles, sinks, state } from './doctor-files.ts'
import { listeners } from './doctor-ports.ts'
import { heapLimit, memoryLimit } from './memory.ts'

export interface DoctorOptions {
  readonly clock: Clock
  readonly lookUp?: LookUp
  /** Milliseconds for everything that waits for others. */
  readonly patience?: number
  /** Bytes that the process may use. */
  readonly memory?: number
}

const PATIENCE = 9_000
const MiB = 1024 * 1024
/** MiB of heap that a worker has at least, whatever the memory is. */
const HEAP_LEAST = 64
/** Before this no release existed. */
const BEGAN = Date.UTC(2026, 0, 1)
/** Milliseconds that two clocks may part while this looks, and that a file may be younger than now. */
const DRIFT = 500
const YOUNGER = 60_000

/** Looks at everything that `plan` needs. Takes about ten seconds at most. */
export async function diagnose(plan: Plan, options: DoctorOptions): Promise<readonly Diagnosis[]> {
  const { clock, patience = PATIENCE, memory = memoryLimit() } = options
  const lookUp = options.lookUp ?? new SystemLookUp({ clock })
  const end = new AbortController()
  const timer = setTimeout(() => end.abort(), patience)
  const began = { now: clock.now(), wall: clock.wall() }
  try {
    const parts = await Promise.all([state(plan), sinks(plan), listeners(plan), endpoints(plan, lookUp, end.signal)])
    const slipped = clock.wall() - began.wall - (clock.now() - began.now)
    return [...machine(plan, memory), clockOf(clock.wall(), slipped, plan.files), ...configurationFiles(plan), ...parts.flat()]
  } finally {
    clearTimeout(timer)
    lookUp.end()
  }
}

function machine({ workers, limits }: Plan, memory: number): Diagnosis[] {
  const descriptors = descriptorLimit()
  const few = fewDescriptors(descriptors)
  const cores = availableParallelism()
  const count = workers === 'auto' ? cores : workers
  const heap = heapLimit(count, limits.memory, memory)
  const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`
  const size = `${counted(count, 'worker')} on ${counted(cores, 'core')}, ${Math.round(memory / MiB)} MiB of memory, ${heap} MiB of heap each`
  const fits = (memory * limits.memory) / 2 / count >= HEAP_LEAST * MiB
  return [
    ok('node', `${process.versions.node} (24.12 or newer is needed)`),
    few === undefined ? ok('descriptors', `${descriptors}`) : warn('descriptors', `${descriptors}`, few),
    !fits
      ? warn(
          'workers',
          size,
          `that is more than \`limits.memory\` leaves them: fewer \`workers\`, or more memory for this machine or container`,
        )
      : count > cores * 2
        ? warn('workers', size, 'more workers than cores wait for each other: `workers: auto`')
        : ok('workers', size),
  ]
}

/** `slipped`: milliseconds that the time of day was moved by meanwhile, against the clock that nobody sets. */
function clockOf(wall: number, slipped: number, files: readonly string[]): Diagnosis {
  const time = new Date(wall).toISOString()
  const remedy = 'set the time, and have it kept: logs, certificates and tokens depend on it'
  if (wall < BEGAN) return fail('clock', time, remedy)
  if (Math.abs(slipped) > DRIFT) return warn('clock', `${time}; it was moved by ${Math.round(slipped)} ms while this looked`, remedy)
  const younger = files.find((file) => (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) > wall + YOUNGER)
  return younger === undefined ? ok('clock', time) : warn('clock', `${time}, and ${younger} was written later than that`, remedy)
}
