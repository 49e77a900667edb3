// The commands, put together. A command line that is none ends with one sentence on stderr (`mistyped.ts`) and exit code 2.
import { Command, CommanderError, type Option } from 'commander'
import { checkCommand } from './check.ts'
import { devCommand } from './dev.ts'
import { completionCommand } from './completion.ts'
import { doctorCommand } from './doctor.ts'
import { explainCommand } from './explain.ts'
import { fmtCommand } from './fmt.ts'
import { helpCommand } from './help.ts'
import { initCommand } from './init.ts'
import { mistyped } from './mistyped.ts'
import { printConfigCommand } from './print-config.ts'
import { reloadCommand } from './reload.ts'
import { routesCommand } from './routes.ts'
import { schemaCommand } from './schema.ts'
import { startCommand } from './start.ts'
import { statusCommand } from './status.ts'
import { version, versionCommand } from './version.ts'

const EXAMPLES = `
Examples:
  tidegate init                        write a first configuration
  tidegate start                       run with ./tidegate.yaml, or /etc/tidegate/tidegate.yaml
  tidegate start -c edge.yaml --watch  run with a named file and follow its edits
  tidegate check                       judge the configuration without running it
  tidegate explain GET /products/7     why a request goes where it goes
  tidegate schema > schema.json        the JSON Schema, for editors

Exit codes: 0 well, 1 failed or found something, 2 wrong usage, 69 could not bind, 78 configuration missing or invalid.
`

/** The whole command line; pure until it is parsed. */
export function createProgram(): Command {
  const program = new Command('tidegate')
    .description('An API gateway: one entry for all clients of your services.')
    .usage('COMMAND [options]')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .option('--no-color', 'print without colours, as NO_COLOR does')
    .addHelpText('after', EXAMPLES)
    .showSuggestionAfterError(true)
    .configureHelp({ optionDescription })
    .configureOutput({ outputError: (text, write) => write(mistyped(text, program)) })
    .exitOverride()
    .helpCommand(false)
  program.on('option:no-color', () => {
    delete process.env['FORCE_COLOR']
    process.env['NO_COLOR'] = '1'
  })
  const add = (group: string, ...commands: Command[]): void => {
    for (const command of commands) {
      command.copyInheritedSettings(program).configureOutput({ outputError: (text, write) => write(mistyped(text, command)) })
      program.addCommand(command.helpGroup(group))
    }
  }
  add('Begin:', initCommand())
  add('Run:', startCommand(), devCommand())
  add('Look at a configuration:', checkCommand(), printConfigCommand(), explainCommand(), routesCommand(), fmtCommand(), schemaCommand())
  add('Look at this machine:', doctorCommand())
  add('Ask a running gateway:', statusCommand(), reloadCommand())
  add(
    'About:',
    versionCommand(),
    completionCommand(() => program),
    helpCommand(program),
  )
  return program
}

/** Defaults that say nothing (no, none) are left out. */
function optionDescription(option: Option): string {
  const { description, defaultValue, argChoices, envVar } = option
  const notes = [
    ...(argChoices === undefined ? [] : [`one of ${argChoices.join(', ')}`]),
    ...(defaultValue === undefined || defaultValue === false || option.negate || Array.isArray(defaultValue)
      ? []
      : [`default: ${String(defaultValue)}`]),
    ...(envVar === undefined ? [] : [`env: ${envVar}`]),
  ]
  return notes.length === 0 ? description : `${description} (${notes.join('; ')})`
}

/** Parses and runs. Sets the exit code; commander's own endings are 0 for help and version, 2 for everything that was typed wrong. */
export async function runProgram(argv: readonly string[]): Promise<void> {
  const program = createProgram()
  if (argv.length <= 2) return program.outputHelp()
  try {
    await program.parseAsync(argv)
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    process.exitCode = error.exitCode === 0 ? 0 : 2
  }
}
