// `tidegate start --dry-run`: what would run, by the configuration and the flags. Nothing is bound, made or connected to.
import { urlHost } from '../base/ip.ts'
import type { Loaded } from '../config/load/load.ts'
import { masker } from '../config/load/mask.ts'
import type { AccessLogPlan, AdminPlan, Plan } from '../config/plan.ts'
import { exitCodes } from '../runtime/life.ts'
import { counted, failureLines, findingLines, print, printableLine, talk } from './output.ts'
import { version } from './version.ts'

/** Prints and returns the exit code: that of a start which fails at its configuration, or 0. */
export function dryRun({ plan, findings, secrets }: Loaded, workersOf: (plan: Plan) => number): number {
  if (plan === undefined) {
    for (const line of failureLines(findings)) talk(line)
    return exitCodes.config
  }
  for (const line of findingLines(findings, process.stderr)) talk(line)
  const rows = rowsOf(plan, workersOf(plan))
  const mask = masker(secrets)
  const width = Math.max(...rows.map(([what]) => what.length))
  print(`tidegate ${version} would run with:`)
  for (const [what, how] of rows) print(`  ${printableLine(what).padEnd(width)}  ${printableLine(mask(how))}`)
  return exitCodes.ok
}

function rowsOf(plan: Plan, workers: number): [string, string][] {
  const { listeners, admin, probes, routes, services, accessLog, plugins, state, files } = plan
  return [
    ...listeners.map(({ name, address, port }): [string, string] => [`listener ${name}`, url(address, port)]),
    ['admin API', adminOf(admin)],
    ...(probes === undefined ? [] : [['probes', url(probes.address, probes.port)] as [string, string]]),
    ['workers', `${workers}`],
    ['serves', `${counted(routes.length, 'route')}, ${counted(services.length, 'service')}`],
    ...(plugins.length === 0 ? [] : [['plugins', plugins.map(({ name }) => name).join(', ')] as [string, string]]),
    ['access log', logOf(accessLog)],
    ['state', state],
    ...(files.length === 0 ? [] : [['files', files.join(', ')] as [string, string]]),
  ]
}

/** `*` is every address of this machine. */
function url(address: string, port: number): string {
  const host = address === '' ? '*' : urlHost(address)
  return port === 0 ? `${host}, any free port` : `http://${host}:${port}`
}

const adminOf = ({ socket, address, port }: AdminPlan): string => socket ?? url(address, port)

function logOf({ format, sinks }: AccessLogPlan): string {
  const where = sinks.map((sink) => (sink.type === 'file' ? sink.path : sink.type === 'plugin' ? sink.name : sink.type))
  return where.length === 0 ? 'none' : `${format} to ${where.join(', ')}`
}
