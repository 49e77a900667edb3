// `tidegate routes`: the table of routes as it is looked through, the most specific first.
import { Command } from 'commander'
import { maskedCopy } from '../config/load/mask.ts'
import { askGateway, findGateway } from '../runtime/admin-client.ts'
import { exitCodes } from '../runtime/life.ts'
import { endStuckLoaders } from '../runtime/loader.ts'
import { routeHits } from '../runtime/route-hits.ts'
import { listRoutes, type RouteRow } from '../runtime/route-list.ts'
import { givenFiles } from './given.ts'
import { counted, failureLine, print, printableLine, styled, talk } from './output.ts'
import { planOf, withPlanFlags, type PlanFlags } from './plan-of.ts'

interface RoutesFlags extends PlanFlags {
  readonly public: boolean
  readonly unused: boolean
  readonly admin: string | undefined
  readonly json: boolean
}

const NOTES = `
Examples:
  tidegate routes
  tidegate routes --public
  tidegate routes --unused

Exit codes: 0 listed, 1 the running gateway could not be asked, 78 configuration missing or invalid.`

export function routesCommand(): Command {
  return withPlanFlags(new Command('routes').description('the table of routes, the most specific first'))
    .option('--public', 'those that answer a caller whom nobody knows, with the reason', false)
    .option('--unused', 'those that nobody has asked for since the running gateway started', false)
    .option('--admin <url>', 'where its admin API listens: a URL, or the path of a socket (default: found under `state`)')
    .option('--json', 'print as JSON', false)
    .addHelpText('after', NOTES)
    .action(async (flags: RoutesFlags) => {
      process.exitCode = await list(flags)
      await endStuckLoaders()
    })
}

async function list(flags: RoutesFlags): Promise<number> {
  const found = await planOf(flags)
  if (found === undefined) return exitCodes.config
  let rows = maskedCopy(listRoutes(found.plan), found.secrets) as RouteRow[]
  if (flags.public) rows = rows.filter((row) => row.public !== undefined)
  if (flags.unused) {
    const hits = await askHits(flags)
    if (typeof hits === 'string') {
      talk(failureLine(`what is unused only a running gateway can tell: ${hits}`))
      return 1
    }
    rows = rows.filter(({ route }) => (hits.get(route) ?? 0) === 0)
  }
  if (flags.json) print(JSON.stringify(rows, undefined, 2))
  else {
    for (const line of tableOf(rows, flags.public)) print(line)
    const routes = new Set(rows.map(({ route }) => route)).size
    talk(`${counted(routes, 'route')}${flags.public ? ' open to everybody' : flags.unused ? ' unused since the gateway started' : ''}`)
  }
  return 0
}

/** Requests by route; a sentence when nobody can be asked. */
async function askHits({ admin, config }: RoutesFlags): Promise<Map<string, number> | string> {
  const target = await findGateway({ admin, files: givenFiles(config), cwd: process.cwd(), env: process.env })
  if ('message' in target) return target.message
  const reply = await askGateway(target, 'GET', '/metrics')
  if ('unreachable' in reply) return reply.unreachable
  return reply.status === 200 ? routeHits(reply.body) : `it answers ${reply.status}`
}

/** Columns of what is there; a column of which no row has anything is left out. */
function tableOf(rows: readonly RouteRow[], reasons: boolean): string[] {
  if (rows.length === 0) return []
  const columns: readonly (readonly [string, (row: RouteRow) => string])[] = [
    ['route', ({ route }) => route],
    ['methods', ({ methods }) => (methods.length === 0 ? 'any' : methods.join(','))],
    ['hosts', ({ hosts }) => hosts.join(',')],
    ['path', ({ path }) => path],
    ['if', ({ conditions }) => conditions.join(' and ')],
    ['to', ({ target }) => target],
    reasons ? ['open, because', (row) => row.public ?? ''] : ['policies', ({ policies }) => policies.join(' ')],
  ]
  const shown = columns
    .map(([title, cell]) => ({ title, cells: rows.map((row) => printableLine(cell(row))) }))
    .filter(({ cells }) => cells.some((cell) => cell !== ''))
    .map(({ title, cells }) => ({ title, cells, width: Math.max(title.length, ...cells.map((cell) => cell.length)) }))
  const line = (at: (column: (typeof shown)[number]) => string): string =>
    shown
      .map((column) => at(column).padEnd(column.width))
      .join('  ')
      .trimEnd()
  return [
    styled(
      'dim',
      line(({ title }) => title),
      process.stdout,
    ),
    ...rows.map((_, i) => line(({ cells }) => cells[i] as string)),
  ]
}
