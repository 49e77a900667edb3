// What every measurement stands on: a folder in memory, the upstream, a scope that ends whatever was started, whatever happens.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Scope } from '../src/base/scope.ts'
import type { Contender } from './contender.ts'
import { versionOf } from './process.ts'
import { openStand, type Place, type Stand } from './stand.ts'
import { startUpstream } from './upstream.ts'

export interface Ground {
  readonly place: Place
  /** Version of the loader. */
  readonly wrk: string
  /** The loader's cores. */
  readonly loaderCores: string
  /** Starts a contender that ends with the ground; `cores` left out: the contenders' own. */
  open(contender: Contender, cores?: string): Promise<Stand>
}

/** Progress and complaints go to standard error: standard output is the report. */
export const tell = (line: string) => void process.stderr.write(`${line}\n`)

/** Runs a measurement as the whole of this process: exit code 1 when it returns false, 2 when it throws. */
export async function measureOn(
  cores: { contender: string; loader: string },
  measurement: (ground: Ground) => Promise<boolean>,
): Promise<void> {
  const scope = new Scope()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void scope.end().finally(() => process.exit(1)))
  try {
    const passed = await measurement(await prepare(cores, scope))
    if (!passed) process.exitCode = 1
  } catch (error) {
    tell(messageOf(error))
    process.exitCode = 2
  } finally {
    await scope.end()
  }
}

export const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

async function prepare(cores: { contender: string; loader: string }, scope: Scope): Promise<Ground> {
  const wrk = await versionOf('sh', ['-c', 'wrk -v; true'], /wrk \S+/)
  if (wrk === undefined) throw new Error('wrk is not installed')
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'tidegate-bench-'))
  scope.add(() => rmSync(folder, { recursive: true, force: true }))
  const upstream = await startUpstream(join(folder, 'upstream'), cores.loader)
  scope.add(() => upstream.running.end())
  const place = { folder, upstreamPort: upstream.port, cores: cores.contender }
  return {
    place,
    wrk,
    loaderCores: cores.loader,
    open: async (contender, own) => {
      const stand = await openStand(contender, own === undefined ? place : { ...place, cores: own }, (running) =>
        scope.add(() => running.end()),
      )
      return stand
    },
  }
}
