// `tidegate explain`: why one request goes where it goes, by the configuration alone. Nothing is connected to.
import { readFileSync } from 'node:fs'
import { Command, InvalidArgumentError } from 'commander'
import { maskedCopy, masker } from '../config/load/mask.ts'
import { askGateway, findGateway } from '../runtime/admin-client.ts'
import { explainApart } from '../runtime/explain-apart.ts'
import type { Explanation } from '../runtime/explain-report.ts'
import type { ExplainRequest } from '../runtime/explain-request.ts'
import { exitCodes } from '../runtime/life.ts'
import { endStuckLoaders } from '../runtime/loader.ts'
import { explanationLines } from './explanation.ts'
import { givenFiles } from './given.ts'
import { failureLine, print, talk } from './output.ts'
import { planOf, withPlanFlags, type PlanFlags } from './plan-of.ts'
import { refusal } from './status.ts'

/** What commander's own refusals exit with. */
const USAGE = 2

interface ExplainFlags extends PlanFlags {
  readonly header: readonly (readonly [string, string])[]
  readonly from?: string
  readonly data?: string | Buffer
  readonly all: boolean
  readonly live: boolean
  readonly admin: string | undefined
  readonly json: boolean
}

const NOTES = `
The request is run through the gateway's own code, with policies and all, in memory: no service is connected to, and each answers an empty 200.

Examples:
  tidegate explain GET /products/7
  tidegate explain POST http://shop.example:8080/orders -H 'content-type: application/json' --data '{"amount":1}'
  tidegate explain OPTIONS /orders -H 'origin: https://shop.example' -H 'access-control-request-method: POST'

Exit codes: 0 a route has it and lets it through, 1 it is refused (also 404 and 405), 2 wrong usage, 78 configuration missing or invalid.`

export function explainCommand(): Command {
  return withPlanFlags(new Command('explain').description('why one request goes where it goes'))
    .argument('<method>', 'GET, POST …')
    .argument('<url>', 'http://host:port/path, or the path alone (of host gateway.test); taken as it is written')
    .option('-H, --header <name: value>', 'a field of the request (repeatable)', header, [])
    .option('--from <address>', 'the address that it comes from (default: 127.0.0.1)')
    .option('--data <text>', 'its body; @FILE reads one', body)
    .option('--all', 'list every route that it does not take', false)
    .option('--live', 'ask the running gateway, and not the file', false)
    .option('--admin <url>', 'where its admin API listens, with --live: a URL, or the path of a socket (default: found under `state`)')
    .option('--json', 'print everything as JSON', false)
    .addHelpText('after', NOTES)
    .action(async (method: string, url: string, flags: ExplainFlags) => {
      process.exitCode = await explain(method, url, flags)
      await endStuckLoaders()
    })
}

async function explain(method: string, url: string, flags: ExplainFlags): Promise<number> {
  const { header: headers, from, data, live, admin } = flags
  const request = { method, url, headers, ...(from !== undefined && { from }), ...(data !== undefined && { body: data }) }
  const explanation = live || admin !== undefined ? await askLive(request, flags) : await explainHere(request, flags)
  if (typeof explanation === 'number') return explanation
  if (flags.json) print(JSON.stringify(explanation, undefined, 2))
  else for (const line of explanationLines(explanation, method, url, flags.all)) print(line)
  return explanation.fault === undefined && explanation.outcome === 'route' ? 0 : 1
}

/** By the configuration. A number is the exit code of what went wrong. */
async function explainHere(request: ExplainRequest, flags: ExplainFlags): Promise<Explanation | number> {
  const found = await planOf(flags)
  if (found === undefined) return exitCodes.config
  const explained = await explainApart({ plan: found.plan, request })
  return 'message' in explained
    ? fail(masker(found.secrets)(explained.message))
    : (maskedCopy(explained.explanation, found.secrets) as Explanation)
}

/** By the gateway that runs. */
async function askLive(request: ExplainRequest, { admin, config }: ExplainFlags): Promise<Explanation | number> {
  const target = await findGateway({ admin, files: givenFiles(config), cwd: process.cwd(), env: process.env })
  if ('message' in target) return fail(target.message, USAGE)
  const text = request.body === undefined ? undefined : Buffer.from(request.body as string).toString()
  const reply = await askGateway(target, 'POST', '/api/v1/explain', { ...request, ...(text !== undefined && { body: text }) })
  if ('unreachable' in reply) return fail(reply.unreachable)
  return reply.status === 200 ? (JSON.parse(reply.body) as Explanation) : fail(refusal(reply.status, reply.body))
}

function fail(message: string, code = 1): number {
  talk(failureLine(message))
  return code
}

function header(value: string, list: ExplainFlags['header']): ExplainFlags['header'] {
  const colon = value.indexOf(':')
  if (colon < 1) throw new InvalidArgumentError('a field is written `name: value`')
  return [...list, [value.slice(0, colon).trim(), value.slice(colon + 1).trim()]]
}

function body(value: string): string | Buffer {
  if (!value.startsWith('@')) return value
  try {
    return readFileSync(value.slice(1))
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error))
  }
}
