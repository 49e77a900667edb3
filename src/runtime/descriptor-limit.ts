// How many files this process may open.
import { readFileSync } from 'node:fs'

/** Below this a gateway serves a few dozen connections at most. */
const FEW = 256

/** The soft limit on open files; what cannot be read is taken for 1,024. */
export function descriptorLimit(): number {
  try {
    const match = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'latin1'))
    if (match !== null) return match[1] === 'unlimited' ? 1_048_576 : Number(match[1])
  } catch {
    // Not Linux.
  }
  const report = process.report?.getReport() as unknown as { userLimits?: { open_files?: { soft?: number | 'unlimited' } } } | undefined
  const soft = report?.userLimits?.open_files?.soft
  return typeof soft === 'number' ? soft : 1_024
}

/** What to say at a start of a limit that is hardly meant; undefined for one that will do. */
export function fewDescriptors(limit: number): string | undefined {
  if (limit >= FEW) return undefined
  return `this process may open ${limit} files only (\`ulimit -n\`), which is enough for a few connections: raise it to 1024 or more`
}
