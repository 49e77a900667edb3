// `tidegate check`: judges a configuration and says everything that is wrong with it. Binds no port, looks no name up.
import { Command } from 'commander'
import { urlHost } from '../base/ip.ts'
import type { Finding, Plan } from '../config/plan.ts'
import { endStuckLoaders, loadInThread } from '../runtime/loader.ts'
import { givenFiles, readGiven } from './given.ts'
import { counted, findingLines, print, talk } from './output.ts'
import { type PlanFlags, withPlanFlags } from './plan-of.ts'

/** sysexits.h: something in the configuration is wrong. */
const EX_CONFIG = 78

interface CheckFlags extends PlanFlags {
  readonly strict: boolean
  readonly json: boolean
  readonly quiet: boolean
}

export function checkCommand(): Command {
  return withPlanFlags(new Command('check').description('judge a configuration: every mistake with file, line and column'))
    .argument('[files...]', 'the same as --config')
    .option('--strict', 'take every warning for an error', false)
    .option('--json', 'print findings as JSON, for editors and CI', false)
    .option('-q, --quiet', 'print findings only', false)
    .addHelpText(
      'after',
      '\nExamples:\n  tidegate check\n  tidegate check edge.yaml --json\n  tidegate check -c base.yaml -c site.yaml --set limits.body=1MiB\n\nExit codes: 0 valid (there may be warnings), 78 missing or invalid.',
    )
    .action(async (files: readonly string[], flags: CheckFlags) => {
      const given = await readGiven(givenFiles([...flags.config, ...files]))
      const { plan, findings } = await loadInThread({
        ...given,
        cwd: process.cwd(),
        env: { ...process.env },
        overrides: flags.set,
        strict: flags.strict,
      })
      if (flags.json) print(JSON.stringify({ valid: plan !== undefined, findings }, undefined, 2))
      else report(plan, findings, flags.quiet)
      process.exitCode = plan === undefined ? EX_CONFIG : 0
      await endStuckLoaders()
    })
}

function report(plan: Plan | undefined, findings: readonly Finding[], quiet: boolean): void {
  for (const line of findingLines(findings)) print(line)
  if (quiet) return
  const warnings = findings.filter(({ severity }) => severity === 'warning').length
  const beside = warnings === 0 ? '' : `, ${counted(warnings, 'warning')}`
  if (plan === undefined) talk(`${counted(findings.length - warnings, 'error')}${beside}`)
  else talk(`valid: ${listenersOf(plan)}, ${counted(plan.services.length, 'service')}, ${counted(plan.routes.length, 'route')}${beside}`)
}

/** `3 listeners`; a single one with where it listens, which a file may leave to the default: `1 listener on *:8080`. */
function listenersOf({ listeners }: Plan): string {
  const [only] = listeners
  const count = counted(listeners.length, 'listener')
  if (only === undefined || listeners.length > 1) return count
  const { address, port } = only
  return `${count} on ${address === '' ? '*' : urlHost(address)}:${port}`
}
