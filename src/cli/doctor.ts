// `tidegate doctor`: looks at what `check` cannot know: the machine, the folders, the ports, and who listens where services are said to be.
import { styleText } from 'node:util'
import { Command } from 'commander'
import { systemClock } from '../base/clock.ts'
import { maskedCopy } from '../config/load/mask.ts'
import type { Diagnosis } from '../runtime/diagnosis.ts'
import { diagnose } from '../runtime/doctor.ts'
import { endStuckLoaders } from '../runtime/loader.ts'
import { counted, print, printableLine, talk } from './output.ts'
import { type PlanFlags, planOf, withPlanFlags } from './plan-of.ts'

interface DoctorFlags extends PlanFlags {
  readonly json: boolean
  readonly quiet: boolean
}

const STYLES = { ok: 'green', warn: 'yellow', fail: 'red' } as const

export function doctorCommand(): Command {
  return withPlanFlags(new Command('doctor').description('look at what check cannot know: endpoints, ports, folders, the machine'))
    .option('--json', 'print as JSON', false)
    .option('-q, --quiet', 'print what is wrong only', false)
    .addHelpText(
      'after',
      '\nIt opens a connection to each endpoint and lets it go; it sends nothing to a service, and binds ports for a moment only.\n\nExamples:\n  tidegate doctor\n  tidegate doctor -c edge.yaml --quiet\n\nExit codes: 0 nothing fails, 1 something does, 2 wrong usage, 78 the configuration is missing or invalid.',
    )
    .action(async (flags: DoctorFlags) => {
      const given = await planOf(flags)
      if (given !== undefined) {
        const found = maskedCopy(await diagnose(given.plan, { clock: systemClock }), given.secrets) as Diagnosis[]
        report(found, flags)
        process.exitCode = found.some(({ state }) => state === 'fail') ? 1 : 0
      }
      await endStuckLoaders()
    })
}

function report(found: readonly Diagnosis[], { json, quiet }: DoctorFlags): void {
  if (json) return print(JSON.stringify(found, undefined, 2))
  for (const { state, what, found: is, remedy } of found) {
    if (quiet && state === 'ok') continue
    const mark = styleText(STYLES[state], state.padEnd(4), { stream: process.stdout })
    print(`${mark}  ${printableLine(what)}: ${printableLine(is)}${remedy === '' ? '' : `\n      ${printableLine(remedy)}`}`)
  }
  const [failing, doubtful] = (['fail', 'warn'] as const).map((state) => found.filter((one) => one.state === state).length)
  if (!quiet) talk(`${counted(failing ?? 0, 'failure')}, ${counted(doubtful ?? 0, 'warning')}`)
}
