// `tidegate reload`: has the running gateway read its configuration again, and prints what changed, or the mistakes as `check` does.
import { Command } from 'commander'
import type { Finding } from '../config/plan.ts'
import { askGateway, findGateway } from '../runtime/admin-client.ts'
import { endStuckLoaders } from '../runtime/loader.ts'
import { givenFiles } from './given.ts'
import { failureLine, findingLines, print, printableLine, talk } from './output.ts'
import { withConfigFlag } from './plan-of.ts'
import { parsed, refusal } from './status.ts'

/** sysexits.h: something in the configuration is wrong. */
const EX_CONFIG = 78

interface ReloadFlags {
  readonly admin?: string
  readonly config: readonly string[]
  readonly json: boolean
}

interface Reloaded {
  readonly summary?: string
  readonly detail?: string
  readonly configuration?: { readonly hash: string }
  readonly findings?: readonly Finding[]
}

export function reloadCommand(): Command {
  const command = new Command('reload').description('have the running gateway read its configuration again; a bad one changes nothing')
  return withConfigFlag(command, 'the configuration that it was started with (repeatable)')
    .option('--admin <url>', 'where its admin API listens: a URL, or the path of a socket (default: found under `state`)')
    .option('--json', 'print the answer as JSON', false)
    .addHelpText(
      'after',
      '\nExample:\n  tidegate check && tidegate reload\n\nExit codes: 0 every worker serves it, 1 nobody answers or it was refused, 2 wrong usage, 78 the configuration is invalid.',
    )
    .action(async (flags: ReloadFlags) => {
      process.exitCode = await reload(flags)
      await endStuckLoaders()
    })
}

async function reload({ admin, config, json }: ReloadFlags): Promise<number> {
  const target = await findGateway({ admin, files: givenFiles(config), cwd: process.cwd(), env: process.env })
  if ('message' in target) return fail(target.message, 2)
  const reply = await askGateway(target, 'POST', '/api/v1/reload')
  if ('unreachable' in reply) return fail(reply.unreachable, 1)
  if (reply.status !== 200 && reply.status !== 422) return fail(refusal(reply.status, reply.body), 1)
  const { findings = [], summary = '', detail = '', configuration } = (parsed(reply.body) ?? {}) as Reloaded
  const code = reply.status === 200 ? 0 : findings.some(({ severity }) => severity === 'error') ? EX_CONFIG : 1
  if (json) {
    process.stdout.write(reply.body)
    return code
  }
  for (const line of findingLines(findings)) print(line)
  if (code !== 0) return fail(`not reloaded: ${detail}`, code)
  print(printableLine(`reloaded: configuration ${configuration?.hash.slice(0, 12) ?? ''} is in force; changed: ${summary}`))
  return 0
}

function fail(message: string, code: number): number {
  talk(failureLine(message))
  return code
}
