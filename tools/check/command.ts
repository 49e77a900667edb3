// Runs a program of the checkout and hands back what it printed.
import { spawn } from 'node:child_process'
import { delimiter, join } from 'node:path'

/** The root of the checkout. */
export const ROOT = join(import.meta.dirname, '../..')

/** The environment in which the pinned runtime and the checkout's own commands are found first. */
export const environment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  PATH: `${join(ROOT, 'node_modules/.bin')}${delimiter}${process.env['PATH'] ?? ''}`,
  NO_COLOR: '1',
})

/** What a program printed, and how it ended; `code` is -1 when a signal ended it. */
export interface Finished {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs `command` in the root to its end. Rejects only when it cannot be started. */
export function run(command: string, args: readonly string[]): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, env: environment(), stdio: ['ignore', 'pipe', 'pipe'] })
    const printed = { stdout: '', stderr: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => (printed.stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (printed.stderr += text))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? -1, ...printed }))
  })
}
