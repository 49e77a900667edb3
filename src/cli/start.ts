// `tidegate start`: flags and environment become the options of a gateway process.
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { systemClock } from '../base/clock.ts'
import { urlHost } from '../base/ip.ts'
import type { Loaded } from '../config/load/load.ts'
import type { Plan } from '../config/plan.ts'
import { readBindAddress } from '../config/schema/addresses.ts'
import { createExplainAsked } from '../runtime/explain-asked.ts'
import { exitCodes } from '../runtime/life.ts'
import { HiddenValues } from '../runtime/hidden-values.ts'
import { endStuckLoaders, loadInThread, threadEntry } from '../runtime/loader.ts'
import { createLog, type LogFormat, type LogLevel, logLevels } from '../runtime/log.ts'
import { canSharePort } from '../runtime/ports.ts'
import { runProcess } from '../runtime/process.ts'
import { metricsText } from '../runtime/process-metrics.ts'
import { createStderrSink } from '../runtime/stderr.ts'
import type { Ending } from '../runtime/supervision.ts'
import { createTelemetryHub } from '../runtime/telemetry-hub.ts'
import { sizeThreadPool } from '../runtime/thread-pool.ts'
import { dryRun } from './dry-run.ts'
import { givenFiles, isPiped, readGiven } from './given.ts'
import { counted, failureLine, failureLines, isColoured, talk } from './output.ts'
import { type PlanFlags, withPlanFlags } from './plan-of.ts'
import { version } from './version.ts'

/** What commander's own refusals exit with. */
const USAGE = 2

export interface StartFlags extends PlanFlags {
  readonly watch: boolean
  readonly port?: number
  readonly host?: string
  readonly workers?: number | 'auto'
  readonly logLevel?: LogLevel
  readonly logFormat?: string
  readonly adminPort?: number
  readonly strict: boolean
  readonly sharePort: boolean
  readonly dryRun: boolean
  readonly quiet: boolean
  readonly verbose: boolean
}

/** What `dev` does otherwise than `start`. */
export interface RunMode {
  /** Changes a plan that was read; flags come after. */
  readonly shape?: (plan: Plan) => void
  /** What a reload changed, for the line that tells of it. */
  readonly describe?: (before: Plan, after: Plan) => string
}

const NOTES = `
Examples:
  tidegate start
  tidegate start -c edge.yaml --watch
  tidegate start -c base.yaml -c site.yaml --port 8081 --set limits.body=1MiB
  tidegate start --dry-run --workers 4

Signals: SIGTERM and SIGINT drain and end, a second one ends at once; SIGHUP reloads; SIGUSR2 opens log files again.

Exit codes: 0 ended as asked, 1 failed while running, 2 wrong usage, 69 could not bind, 78 configuration missing or invalid,
130 and 143 after SIGINT and SIGTERM where the drain was cut short.`

/** The command. Its action ends the process with the exit codes of conventions.md. */
export function startCommand(): Command {
  return withPlanFlags(new Command('start').description('run the gateway').optionsGroup('The configuration:'))
    .option('--watch', 'reload when a configuration file changes', false)
    .option('--strict', 'take every warning about the configuration for an error', false)
    .option('--dry-run', 'print what would run, and run nothing', false)
    .optionsGroup('Where it listens:')
    .option('-p, --port <number>', 'port of the first listener', number(0, 65_535))
    .option('--host <address>', 'address of the first listener', bindAddress)
    .option('--admin-port <number>', 'port of the admin API; 0 takes any free one', number(0, 65_535))
    .option('--share-port', 'take over from a gateway that is running: do not insist that ports are free', false)
    .optionsGroup('How it works:')
    .addOption(
      new Option('--workers <n>', 'worker threads, or auto: one for each available core (env: TIDEGATE_WORKERS)').argParser(workerCount),
    )
    .optionsGroup('What it says:')
    .addOption(new Option('--log-level <level>', 'what the gateway says of itself on stderr').choices(logLevels).env('LOG_LEVEL'))
    .addOption(new Option('--log-format <format>', 'format of the access log').choices(['ecs', 'json', 'common', 'combined', 'pretty']))
    .option('-q, --quiet', 'say only what is wrong: as --log-level warn', false)
    .option('-v, --verbose', 'say more: as --log-level debug', false)
    .addHelpText('after', NOTES)
    .action(async (flags: StartFlags) => {
      await runGateway(flags)
    })
}

/** Runs a gateway and ends the process with its exit code. */
export async function runGateway(flags: StartFlags, mode: RunMode = {}): Promise<never> {
  const code = await start(flags, mode)
  await endStuckLoaders()
  // By intention: what waits for a reader of our output, which may never come, would keep the process.
  process.exit(code)
}

async function start(flags: StartFlags, { shape, describe }: RunMode): Promise<number> {
  const files = givenFiles(flags.config)
  const once = files.find(isPiped)
  if (flags.watch && once !== undefined) {
    const what = once === '-' ? 'standard input' : `the pipe ${once}`
    talk(failureLine(`--watch cannot follow ${what}, which is read once: name a file, or leave --watch out; see tidegate start --help`))
    return USAGE
  }
  sizeThreadPool()
  const request = {
    ...(await readGiven(files)),
    cwd: process.cwd(),
    env: { ...process.env },
    overrides: overridesOf(flags),
    strict: flags.strict,
  }
  if (flags.dryRun) return dryRun(withFlags(await loadInThread(request), flags), (plan) => workersOf(plan, flags))
  const level = flags.logLevel ?? (flags.verbose ? 'debug' : flags.quiet ? 'warn' : 'info')
  const format: LogFormat = flags.logFormat === 'json' || flags.logFormat === 'ecs' ? 'json' : 'text'
  const stderr = createStderrSink()
  const hidden = new HiddenValues()
  const write = (line: string): void => stderr.write(Buffer.from(line))
  const log = createLog({ level, format, write, wall: () => systemClock.wall(), mask: hidden.mask })
  const telemetry = createTelemetryHub((message, how) => log[how](message))
  const code = await runProcess({
    load: async () => withFlags(shaped(await loadInThread(request), shape), flags),
    entry: threadEntry('worker-thread'),
    workers: (plan) => workersOf(plan, flags),
    accept: (await canSharePort()) ? 'ports' : 'relay',
    sharePort: flags.sharePort,
    watch: flags.watch ? files.map((file) => resolve(file)) : undefined,
    clock: systemClock,
    log,
    hidden,
    telemetry,
    ready: ({ plan, workers }) => log.info(readyLine(plan, workers)),
    // Whoever typed the command reads a sentence; what collects JSON lines goes on reading JSON.
    ...(format === 'text' ? { failed: (ending: Ending) => write(hidden.mask(failureText(ending))) } : {}),
    ...(describe === undefined ? {} : { describe }),
    reopenLogs: () => telemetry.reopen(),
    admin: {
      version,
      metrics: (view, form) => metricsText(view, telemetry, form),
      endpoints: () => telemetry.endpoints.list(),
      explain: createExplainAsked(),
    },
  })
  await telemetry.end()
  await stderr.end()
  return code
}

/** Why there is no gateway: what is wrong with its configuration, or the one sentence that ended it. */
const failureText = ({ code, reason, findings }: Ending): string =>
  (code === exitCodes.config && findings.length > 0 ? failureLines(findings) : [failureLine(reason)]).map((line) => `${line}\n`).join('')

function shaped(loaded: Loaded, shape: RunMode['shape']): Loaded {
  if (loaded.plan !== undefined) shape?.(loaded.plan)
  return loaded
}

/** Puts `--port` and `--host` in place: they mean the first listener, whatever its name; and `--admin-port`, also in place of a socket. */
function withFlags(loaded: Loaded, { port, host, adminPort }: StartFlags): Loaded {
  const first = loaded.plan?.listeners[0]
  if (first !== undefined && port !== undefined) first.port = port
  if (first !== undefined && host !== undefined) first.address = host
  if (loaded.plan !== undefined && adminPort !== undefined)
    Object.assign(loaded.plan.admin, { port: adminPort, socket: undefined, stated: true })
  const logs = loaded.plan?.accessLog
  if (logs?.format === 'pretty' && logs.sinks.every(({ type }) => type === 'stdout') && isColoured(process.stdout)) logs.colour = true
  return loaded
}

/** Flags that stand for keys of the configuration come after `--set`: what is said shortest wins. */
function overridesOf({ set, logFormat }: StartFlags): readonly string[] {
  return [...set, ...(logFormat === undefined ? [] : [`telemetry.logs.format=${logFormat}`])]
}

function workersOf(plan: Plan, flags: StartFlags): number {
  const wanted = flags.workers ?? environmentWorkers() ?? plan.workers
  return wanted === 'auto' ? availableParallelism() : wanted
}

function environmentWorkers(): number | 'auto' | undefined {
  const value = process.env['TIDEGATE_WORKERS']
  return value === undefined || value === '' ? undefined : workerCount(value)
}

/** `tidegate 0.1.0 ready in 312 ms: http://127.0.0.1:8080 (2 workers, 12 routes, 3 services)` */
function readyLine(plan: Plan, workers: number): string {
  const urls = plan.listeners.map(({ address, port }) => `http://${address === '' ? 'localhost' : urlHost(address)}:${port}`)
  const took = Math.round(process.uptime() * 1000)
  return `tidegate ${version} ready in ${took} ms: ${urls.join(' ')} (${counted(workers, 'worker')}, ${counted(plan.routes.length, 'route')}, ${counted(plan.services.length, 'service')})`
}

function workerCount(value: string): number | 'auto' {
  return value === 'auto' ? value : number(1, 256)(value)
}

/** What `address` of a listener takes. */
export function bindAddress(value: string): string {
  const read = readBindAddress(value)
  if ('message' in read) throw new InvalidArgumentError(read.message)
  return read.value
}

export function number(least: number, most: number): (value: string) => number {
  return (value) => {
    if (!/^[0-9]{1,6}$/.test(value) || Number(value) < least || Number(value) > most)
      throw new InvalidArgumentError(`it must be a whole number from ${least} to ${most}`)
    return Number(value)
  }
}
