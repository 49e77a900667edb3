// The resident memory of a process tree.
import { readFile } from 'node:fs/promises'
import { treeOf } from './cpu.ts'

/** Bytes of resident memory (VmRSS), summed over the processes of the tree: pages that two of them share count twice. */
export async function residentMemory(pid: number): Promise<number> {
  let total = 0
  for (const process of await treeOf(pid)) {
    const status = await readFile(`/proc/${process}/status`, 'utf8').catch(() => '')
    total += Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024
  }
  return total
}
