// A gateway as a process: the supervisor, the signals, the watched files, and what is said to whoever started it.
import type { Clock } from '../base/clock.ts'
import { Scope } from '../base/scope.ts'
import type { Loaded } from '../config/load/load.ts'
import { nowhere } from '../config/load/looked.ts'
import { describeAddresses } from '../config/diff.ts'
import type { Finding, Plan } from '../config/plan.ts'
import { Admin } from './admin.ts'
import type { AdminSources } from './admin-view.ts'
import type { HiddenValues } from './hidden-values.ts'
import type { Log } from './log.ts'
import { withLogFolders } from './log-folders.ts'
import type { Ending, Ready, ReloadResult, SupervisorOptions } from './supervision.ts'
import { Supervisor } from './supervisor.ts'
import { watchFiles } from './watch.ts'

export interface ProcessOptions extends Omit<SupervisorOptions, 'clock' | 'log' | 'beside'> {
  readonly clock: Clock
  readonly log: Log
  /** Learns the secrets of each configuration. */
  readonly hidden: HiddenValues
  /** Files to watch beside those that the plan names: the ones given on the command line. undefined: watch nothing. */
  readonly watch: readonly string[] | undefined
  /** Called once, when every worker listens. */
  readonly ready: (ready: Ready, supervisor: Supervisor) => void
  /** Called instead when the start failed; left out: the log is told, as of everything later. */
  readonly failed?: (ending: Ending) => void
  /** What a reload changed, for the line that tells of it; left out: which addresses came and went. */
  readonly describe?: (before: Plan, after: Plan) => string
  /** Opens log files anew (SIGUSR2). */
  readonly reopenLogs: () => void
  /** What the admin API and probes tell beside what is known here; left out: nothing listens for them. */
  readonly admin?: AdminSources
}

/** Runs a gateway until it is told to stop. Resolves with the exit code; everything it started has ended by then. */
export async function runProcess(options: ProcessOptions): Promise<number> {
  const { log, hidden } = options
  await using scope = new Scope()
  const admin =
    options.admin === undefined ? undefined : new Admin({ ...options.admin, clock: options.clock, log, sharePort: options.sharePort })
  scope.add(() => admin?.end())
  let looked = nowhere
  const load = async (): Promise<Loaded> => {
    const loaded = hidden.take(await options.load())
    // A load that was given up, or found no file at all, looked nowhere: where the last one did is watched on.
    if (loaded.looked.names.length > 0) looked = loaded.looked
    admin?.loaded(loaded)
    return withLogFolders(loaded)
  }
  const supervisor = new Supervisor({ ...options, load, beside: admin })
  let inForce: Plan | undefined
  const reload = async (why: string): Promise<ReloadResult> => {
    const told = await supervisor.reload()
    const result = { ...told, reason: hidden.mask(told.reason) }
    reportReload(log, why, result, inForce, supervisor.plan, options.describe ?? describeAddresses)
    if (result.outcome === 'switched') inForce = supervisor.plan
    admin?.view.reloaded(result)
    return result
  }
  admin?.view.attach(supervisor, reload)
  const on = (signal: NodeJS.Signals, act: () => void): void => {
    process.on(signal, act)
    scope.add(() => void process.off(signal, act))
  }
  on('SIGTERM', () => supervisor.stop('SIGTERM'))
  on('SIGINT', () => supervisor.stop('SIGINT'))
  on('SIGHUP', () => void reload('SIGHUP'))
  on('SIGUSR2', () => {
    options.reopenLogs()
    log.info(reopened(supervisor.plan))
  })

  const since = options.clock.wall()
  const ready = await supervisor.start()
  if (ready !== undefined) {
    inForce = ready.plan
    reportFindings(log, ready.plan.warnings)
    options.ready(ready, supervisor)
    const { watch } = options
    if (watch !== undefined)
      scope.add(
        watchFiles({
          files: () => [...new Set([...watch, ...looked.names, ...supervisor.files])],
          globs: () => looked.globs,
          since,
          changed: () => void reload('a file changed'),
          clock: options.clock,
        }),
      )
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

function reportReload(
  log: Log,
  why: string,
  { outcome, reason, findings, took }: ReloadResult,
  before: Plan | undefined,
  plan: Plan | undefined,
  describe: (before: Plan, after: Plan) => string,
): void {
  if (outcome === 'superseded') return
  reportFindings(log, findings)
  const times = `read in ${Math.round(took.read)} ms, taken by every worker in ${Math.round(took.taken)} ms`
  const moved = before === undefined || plan === undefined ? '' : describe(before, plan)
  const more = moved === '' ? times : `${times}; ${moved}`
  if (outcome === 'switched') log.info(`reloaded (${why}): configuration ${plan?.hash.slice(0, 12) ?? ''} is in force, ${more}`)
  else log.error(`not reloaded (${why}): ${reason}; the configuration before stays in force`)
}

/** What SIGUSR2 did; where a file cannot be opened, its sink says so when it comes to that. */
function reopened(plan: Plan | undefined): string {
  const files = (plan?.accessLog.sinks ?? []).flatMap((sink) => (sink.type === 'file' ? [sink.path] : []))
  return files.length === 0
    ? 'no log goes to a file: nothing is opened anew (SIGUSR2)'
    : `log files are opened anew (SIGUSR2): ${files.join(', ')}`
}

/** `file:line:col path message`, as `check` prints it. */
function reportFindings(log: Log, findings: readonly Finding[]): void {
  for (const { severity, ...finding } of findings) log[severity === 'error' ? 'error' : 'warn'](findingLine(finding))
}

const findingLine = ({ file, line, column, path, message }: Omit<Finding, 'severity'>): string =>
  [file === '' ? '' : line === 0 ? file : `${file}:${line}:${column}`, path, message].filter((part) => part !== '').join(' ')
