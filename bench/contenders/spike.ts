// Any command line as a contender: it gets PORT and UPSTREAM_PORT in its environment and forwards from one to the other.
import type { Contender } from '../contender.ts'

/** `text` is a command line for the shell, with `NAME=` in front of it to name it in the report: `lean=node engine.ts`. */
export function spike(text: string, index: number): Contender {
  const named = /^([a-z][a-z0-9-]*)=(.+)$/s.exec(text)
  const command = named?.[2] ?? text
  return {
    name: named?.[1] ?? (index === 0 ? 'spike' : `spike-${index + 1}`),
    version: async () => command,
    prepare: async (site) => ({
      argv: ['sh', '-c', `exec ${command}`],
      // Paths are meant from where npm was called, not from the workspace that it changed to.
      cwd: process.env.INIT_CWD ?? process.cwd(),
      env: { PORT: String(site.port), UPSTREAM_PORT: String(site.upstreamPort) },
    }),
  }
}
