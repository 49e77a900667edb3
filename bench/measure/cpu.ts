// The CPU time of a process tree, user and system, to the nanosecond where the kernel tells it.
//
// `/proc/PID/stat` counts in ticks of 10 ms. The first field of `/proc/PID/task/TID/schedstat` is the same sum (the scheduler's
// sum_exec_runtime) in ns, but ends with its thread; so the ticks stand in for a process of which a thread ended between two samples.
import { readdir, readFile } from 'node:fs/promises'

/** Length of a tick in /proc/PID/stat: USER_HZ is 100 on every architecture that Node runs on. */
const NS_PER_TICK = 10_000_000

/** The CPU time of each process of a tree at one moment. */
export type CpuSample = ReadonlyMap<number, ProcessTime>

interface ProcessTime {
  /** Nanoseconds by thread id. */
  readonly threads: ReadonlyMap<string, number>
  /** Nanoseconds of the process, ended threads included, in steps of a tick. */
  readonly coarse: number
}

/** The process and all its descendants. */
export async function treeOf(pid: number): Promise<number[]> {
  const found = [pid]
  for (const thread of await threadsOf(pid)) {
    const children = await read(`/proc/${pid}/task/${thread}/children`)
    for (const child of children.split(' ')) if (child !== '') found.push(...(await treeOf(Number(child))))
  }
  return found
}

/** Samples the tree below (and with) `pid`. A thread that runs at this moment may lack up to one scheduler tick (4 ms). */
export async function sampleCpu(pid: number): Promise<CpuSample> {
  const sample = new Map<number, ProcessTime>()
  for (const process of await treeOf(pid)) {
    const threads = new Map<string, number>()
    for (const thread of await threadsOf(process)) {
      const text = await read(`/proc/${process}/task/${thread}/schedstat`)
      if (text !== '') threads.set(thread, Number(text.split(' ')[0]))
    }
    // The command in field 2 may hold spaces: count from its closing bracket. utime and stime are fields 14 and 15.
    const fields = (await read(`/proc/${process}/stat`)).split(') ').at(-1)?.split(' ') ?? []
    sample.set(process, { threads, coarse: (Number(fields[11]) + Number(fields[12])) * NS_PER_TICK })
  }
  return sample
}

/** Nanoseconds of CPU that the tree used between two samples. */
export function cpuBetween(before: CpuSample, after: CpuSample): number {
  let total = 0
  for (const [process, now] of after) {
    const then = before.get(process)
    const lost = then !== undefined && [...then.threads.keys()].some((thread) => !now.threads.has(thread))
    if (lost) total += now.coarse - then.coarse
    else for (const [thread, ns] of now.threads) total += ns - (then?.threads.get(thread) ?? 0)
  }
  return total
}

async function threadsOf(pid: number): Promise<string[]> {
  return readdir(`/proc/${pid}/task`).catch(() => [])
}

async function read(path: string): Promise<string> {
  return readFile(path, 'utf8').then(
    (text) => text.trimEnd(),
    () => '',
  )
}
