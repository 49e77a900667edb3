// How much heap each worker may have: its share of what the process may use.
import { readFileSync } from 'node:fs'
import { totalmem } from 'node:os'

const MiB = 1024 * 1024
/** Below this no gateway can work. */
const least = 64
/** Above this a full collection takes too long for whoever waits behind it. */
const most = 4_096

/** MiB of old generation for each of `workers` workers, `share` (0–1) of the memory limit being the process's. Buffers lie outside it. */
export function heapLimit(workers: number, share: number, memory = memoryLimit()): number {
  // Half of the process's share is heap, the rest is buffers, sockets, code and main.
  return Math.round(Math.min(most, Math.max(least, (memory * share) / 2 / workers / MiB)))
}

/** Bytes that the process may use: the cgroup's limit where there is one, else the machine's memory. */
export function memoryLimit(): number {
  const machine = totalmem()
  for (const file of ['/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes']) {
    try {
      const limit = Number(readFileSync(file, 'latin1').trim())
      if (limit > 0 && limit < machine) return limit
    } catch {
      // No such cgroup version.
    }
  }
  return machine
}
