// A gateway as a process: the supervisor, the signals, the watched files, and what is said to whoever started it.
import type { Clock } from '../base/clock.ts'
import { Scope } from '../base/scope.ts'
import type { Finding, Plan } from '../config/plan.ts'
import type { Log } from './log.ts'
import { withLogFolders } from './log-folders.ts'
import type { Ending, Ready, ReloadResult, SupervisorOptions } from './supervision.ts'
import { Supervisor } from './supervisor.ts'
import { watchFiles } from './watch.ts'

export interface ProcessOptions extends Omit<SupervisorOptions, 'clock' | 'log'> {
  readonly clock: Clock
  readonly log: Log
  /** Files to watch beside those that the plan names: the ones given on the command line. undefined: watch nothing. */
  readonly watch: readonly string[] | undefined
  /** Called once, when every worker listens. */
  readonly ready: (ready: Ready, supervisor: Supervisor) => void
  /** Called instead when the start failed; left out: the log is told, as of everything later. */
  readonly failed?: (ending: Ending) => void
  /** Opens log files anew (SIGUSR2). */
  readonly reopenLogs: () => void
}

/** Runs a gateway until it is told to stop. Resolves with the exit code; everything it started has ended by then. */
export async function runProcess(options: ProcessOptions): Promise<number> {
  const { log } = options
  await using scope = new Scope()
  const supervisor = new Supervisor({ ...options, load: async () => withLogFolders(await options.load()) })
  const reload = (why: string): void => void supervisor.reload().then((result) => reportReload(log, why, result, supervisor.plan))
  const on = (signal: NodeJS.Signals, act: () => void): void => {
    process.on(signal, act)
    scope.add(() => void process.off(signal, act))
  }
  on('SIGTERM', () => supervisor.stop('SIGTERM'))
  on('SIGINT', () => supervisor.stop('SIGINT'))
  on('SIGHUP', () => reload('SIGHUP'))
  on('SIGUSR2', options.reopenLogs)

  const ready = await supervisor.start()
  if (ready !== undefined) {
    reportFindings(log, ready.plan.warnings)
    options.ready(ready, supervisor)
    const { watch } = options
    if (watch !== undefined)
      scope.add(watchFiles({ files: () => [...new Set([...watch, ...supervisor.files])], changed: () => reload('a file changed') }))
  }
  const ending = await supervisor.ended
  const { code, reason } = ending
  if (ready === undefined && code !== 0 && options.failed !== undefined) {
    options.failed(ending)
    return code
  }
  if (ready === undefined) reportFindings(log, ending.findings)
  if (code === 0) log.info(reason)
  else log.error(reason)
  return code
}

function reportReload(log: Log, why: string, { outcome, reason, findings, took }: ReloadResult, plan: Plan | undefined): void {
  if (outcome === 'superseded') return
  reportFindings(log, findings)
  const times = `read in ${Math.round(took.read)} ms, taken by every worker in ${Math.round(took.taken)} ms`
  if (outcome === 'switched') log.info(`reloaded (${why}): configuration ${plan?.hash.slice(0, 12) ?? ''} is in force, ${times}`)
  else log.error(`not reloaded (${why}): ${reason}; the configuration before stays in force`)
}

/** `file:line:col path message`, as `check` prints it. */
function reportFindings(log: Log, findings: readonly Finding[]): void {
  for (const { severity, ...finding } of findings) log[severity === 'error' ? 'error' : 'warn'](findingLine(finding))
}

const findingLine = ({ file, line, column, path, message }: Omit<Finding, 'severity'>): string =>
  [file === '' ? '' : line === 0 ? file : `${file}:${line}:${column}`, path, message].filter((part) => part !== '').join(' ')
