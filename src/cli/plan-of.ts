// The plan that a command looks at: flags that say which configuration, and what is said when it cannot be read.
import { type Command, InvalidArgumentError } from 'commander'
import type { Loaded } from '../config/load/load.ts'
import type { Plan } from '../config/plan.ts'
import { exitCodes } from '../runtime/life.ts'
import { loadInThread } from '../runtime/loader.ts'
import { givenFiles, readGiven } from './given.ts'
import { failureLines, talk } from './output.ts'

export interface PlanFlags {
  readonly config: readonly string[]
  readonly set: readonly string[]
}

const CONFIG =
  'configuration file, - for stdin (repeatable; default: the one in the working directory, then in /etc/tidegate; env: TIDEGATE_CONFIG)'

/** Adds `--config`. */
export function withConfigFlag(command: Command, about = CONFIG): Command {
  return command.option('-c, --config <file>', about, configFile, [])
}

/** Adds `--config` and `--set`. */
export function withPlanFlags(command: Command): Command {
  return withConfigFlag(command).option('--set <path=value>', 'set a value of the configuration (repeatable)', collect, [])
}

/** Gathers what an option that may be repeated was given. */
const collect = (value: string, list: readonly string[]): readonly string[] => [...list, value]

/** `-c "$UNSET"` must not mean the working directory. */
function configFile(value: string, list: readonly string[]): readonly string[] {
  if (value === '') throw new InvalidArgumentError('it names no file')
  return [...list, value]
}

/** The plan, and what of it no output shows; undefined when there is none: then stderr has been told why, and the exit code is 78. */
export async function planOf({
  config,
  set,
}: PlanFlags): Promise<{ readonly plan: Plan; readonly secrets: Loaded['secrets'] } | undefined> {
  const given = await readGiven(givenFiles(config))
  const { plan, findings, secrets } = await loadInThread({ ...given, cwd: process.cwd(), env: { ...process.env }, overrides: set })
  if (plan !== undefined) return { plan, secrets }
  for (const line of failureLines(findings)) talk(line)
  process.exitCode = exitCodes.config
  return undefined
}
