// `tidegate status`: how the running gateway is, first in one sentence, then in a table.
import { Command } from 'commander'
import { askGateway, findGateway } from '../runtime/admin-client.ts'
import { endStuckLoaders } from '../runtime/loader.ts'
import { givenFiles } from './given.ts'
import { failureLine, print, printableLine, talk } from './output.ts'
import { withConfigFlag } from './plan-of.ts'

interface StatusFlags {
  readonly admin?: string
  readonly config: readonly string[]
  readonly json: boolean
  readonly ready: boolean
}

/** What is read of the answer of `/api/v1/status`. */
interface Status {
  readonly verdict: string
  readonly ready: boolean
  readonly version: string
  readonly pid: number
  readonly uptime: number
  readonly configuration?: { readonly hash: string; readonly version: number; readonly loadedAt: string }
  readonly listeners: readonly { readonly name: string; readonly address: string; readonly port: number }[]
  readonly workers: readonly {
    readonly id: number
    readonly state: string
    readonly reportAge?: number
    readonly connections: number
    readonly exchanges: number
    readonly blocked?: boolean
  }[]
  readonly services: readonly { readonly name: string; readonly endpoints: readonly Endpoint[] }[]
}

interface Endpoint {
  readonly url: string
  readonly state: string
  readonly since?: string
  readonly reason?: string
}

export function statusCommand(): Command {
  const command = new Command('status').description('how the running gateway is: one sentence, then a table')
  return withConfigFlag(command, 'the configuration that it was started with (repeatable)')
    .option('--admin <url>', 'where its admin API listens: a URL, or the path of a socket (default: found under `state`)')
    .option('--json', 'print as JSON', false)
    .option('--ready', 'print the sentence alone, for health checks', false)
    .addHelpText(
      'after',
      '\nExamples:\n  tidegate status\n  tidegate status --ready\n\nExit codes: 0 ready, 1 not ready or nobody answers, 2 wrong usage.',
    )
    .action(async (flags: StatusFlags) => {
      process.exitCode = await status(flags)
      await endStuckLoaders()
    })
}

async function status({ admin, config, json, ready }: StatusFlags): Promise<number> {
  const target = await findGateway({ admin, files: givenFiles(config), cwd: process.cwd(), env: process.env })
  if ('message' in target) return fail(target.message, 2)
  const reply = await askGateway(target, 'GET', '/api/v1/status')
  if ('unreachable' in reply) return fail(reply.unreachable, 1)
  if (reply.status !== 200) return fail(refusal(reply.status, reply.body), 1)
  const told = parsed(reply.body) as Status | undefined
  if (told === undefined || typeof told.verdict !== 'string') return fail('what answers there is no gateway', 1)
  if (json) process.stdout.write(reply.body)
  else if (ready) print(printableLine(told.verdict))
  else for (const line of linesOf(told)) print(printableLine(line))
  return told.ready ? 0 : 1
}

function linesOf(told: Status): string[] {
  const { configuration, listeners, workers, services } = told
  const where = listeners.map(({ address, port }) => `${address === '' ? '*' : address}:${port}`).join(' ')
  return [
    told.verdict,
    '',
    `tidegate ${told.version}, pid ${told.pid}, up for ${told.uptime} s, listening on ${where === '' ? 'nothing yet' : where}`,
    ...(configuration === undefined ? [] : [`configuration ${configuration.hash.slice(0, 12)}, in force since ${configuration.loadedAt}`]),
    '',
    ...table(
      ['worker', 'state', 'connections', 'exchanges', 'heard of'],
      workers.map(({ id, state, connections, exchanges, reportAge, blocked }) => [
        String(id),
        blocked === true ? `${state}, blocked` : state,
        String(connections),
        String(exchanges),
        reportAge === undefined ? '–' : `${reportAge} s ago`,
      ]),
    ),
    ...(services.length === 0 ? [] : ['']),
    ...table(
      ['service', 'endpoint', 'state', 'since', ''],
      services.flatMap(({ name, endpoints }) =>
        endpoints.map(({ url, state, since = '', reason = '' }, i) => [i === 0 ? name : '', url, state, since, reason]),
      ),
    ),
  ]
}

/** Columns as wide as what stands in them; nothing for no rows. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return []
  const all = [head, ...rows]
  const widths = head.map((_, i) => Math.max(...all.map((row) => (row[i] as string).length)))
  return all.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] as number))
      .join('  ')
      .trimEnd(),
  )
}

/** What the admin API refused, in its own words. */
export function refusal(code: number, body: string): string {
  const told = parsed(body) as { readonly detail?: unknown } | undefined
  const why = typeof told?.detail === 'string' ? told.detail : 'what answers there is no gateway'
  const remedy = code === 401 ? '; TIDEGATE_ADMIN_TOKEN gives the token, or the folder `state` holds it' : ''
  return `the gateway refuses (${code}): ${why}${remedy}`
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function fail(message: string, code: number): number {
  talk(failureLine(message))
  return code
}
