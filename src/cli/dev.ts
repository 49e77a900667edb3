// `tidegate dev`: a gateway for whoever is writing its configuration. It follows edits, listens on this machine alone, and its access log is
// for eyes.
import { Command, Option } from 'commander'
import { describeDiff, diffPlans } from '../config/diff.ts'
import type { Plan } from '../config/plan.ts'
import { type LogLevel, logLevels } from '../runtime/log.ts'
import { givenFiles, isPiped } from './given.ts'
import { withPlanFlags, type PlanFlags } from './plan-of.ts'
import { bindAddress, number, runGateway } from './start.ts'

interface DevFlags extends PlanFlags {
  readonly port?: number
  readonly host?: string
  readonly adminPort?: number
  readonly logLevel?: LogLevel
  readonly quiet: boolean
  readonly verbose: boolean
}

const NOTES = `
As \`start --watch --workers 1\`, and: listeners without an \`address\` take 127.0.0.1, and the access log goes to stdout in the format \`pretty\`,
whatever the file says. After a 404 a line names the nearest routes, after a refusal the policy.

Examples:
  tidegate dev
  tidegate dev -c edge.yaml --port 3000

Exit codes: as those of \`tidegate start\`.`

export function devCommand(): Command {
  return withPlanFlags(new Command('dev').description('run for development: follow edits, print requests for eyes, listen on 127.0.0.1'))
    .option('-p, --port <number>', 'port of the first listener', number(0, 65_535))
    .option('--host <address>', 'address of the first listener', bindAddress)
    .option('--admin-port <number>', 'port of the admin API; 0 takes any free one', number(0, 65_535))
    .addOption(new Option('--log-level <level>', 'what the gateway says of itself on stderr').choices(logLevels).env('LOG_LEVEL'))
    .option('-q, --quiet', 'say only what is wrong', false)
    .option('-v, --verbose', 'say more', false)
    .addHelpText('after', NOTES)
    .action((flags: DevFlags) =>
      runGateway(
        // What can be read but once cannot be followed.
        { ...flags, watch: !givenFiles(flags.config).some(isPiped), workers: 1, strict: false, sharePort: false, dryRun: false },
        {
          shape: forDevelopment,
          describe: (before, after) => `changed: ${describeDiff(diffPlans(before, after))}`,
        },
      ),
    )
}

function forDevelopment(plan: Plan): void {
  plan.workers = 1
  for (const listener of plan.listeners) if (listener.address === '') listener.address = '127.0.0.1'
  plan.accessLog = { ...plan.accessLog, format: 'pretty', sinks: [{ type: 'stdout' }] }
}
