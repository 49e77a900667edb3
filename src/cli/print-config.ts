// `tidegate print-config`: the configuration as it counts, in one piece.
import { Command } from 'commander'
import { exitCodes } from '../runtime/life.ts'
import { endStuckLoaders, loadInThread } from '../runtime/loader.ts'
import { givenFiles, readGiven } from './given.ts'
import { failureLines, print, printable, talk } from './output.ts'
import { type PlanFlags, withPlanFlags } from './plan-of.ts'

interface PrintFlags extends PlanFlags {
  readonly defaults: boolean
  readonly origins: boolean
  readonly json: boolean
}

export function printConfigCommand(): Command {
  return withPlanFlags(
    new Command('print-config').description('print the effective configuration: files united, values put in, secrets masked'),
  )
    .option('--defaults', 'say what is not said as well, with the reason of each', false)
    .option('--origins', 'say where each value stands', false)
    .option('--json', 'print as JSON', false)
    .addHelpText(
      'after',
      '\nExamples:\n  tidegate print-config\n  tidegate print-config --defaults | less\n  tidegate print-config -c base.yaml -c site.yaml --origins\n\nExit codes: 0 printed, 2 wrong usage, 78 missing or invalid.',
    )
    .action(async (flags: PrintFlags) => {
      process.exitCode = await printConfig(flags)
      await endStuckLoaders()
    })
}

async function printConfig({ config, set, defaults, origins, json }: PrintFlags): Promise<number> {
  const given = await readGiven(givenFiles(config))
  const request = { ...given, cwd: process.cwd(), env: { ...process.env }, overrides: set, print: { defaults, origins } }
  const { findings, printed } = await loadInThread(request)
  if (printed === undefined) {
    for (const line of failureLines(findings)) talk(line)
    return exitCodes.config
  }
  print(json ? JSON.stringify(printed.json, undefined, 2) : printable(printed.yaml.trimEnd()))
  return 0
}
