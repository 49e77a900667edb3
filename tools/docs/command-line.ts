// docs/command-line.md: what every command takes and how it ends, made from the commands themselves; the words around it are written by hand.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { createProgram } from '../../src/cli/program.ts'
import { table, withPart } from './generated-page.ts'
import type { Page } from './generated-page.ts'

const PATH = 'docs/command-line.md'

/** The page as it should be. @throws Error when it has no place for a command. */
export function commandLinePage(root: string): Page {
  const { commands } = createProgram()
  const written = readFileSync(join(root, PATH), 'utf8')
  return { path: PATH, text: commands.reduce((text, command) => withPart(text, command.name(), partOf(command)), written) }
}

function partOf(command: Command): string {
  const help = command.createHelp()
  const rows = [
    ...help.visibleArguments(command).map((argument) => [`\`${help.argumentTerm(argument)}\``, help.argumentDescription(argument)]),
    ...help
      .visibleOptions(command)
      .filter(({ long }) => long !== '--help')
      .map((option) => [`\`${help.optionTerm(option)}\``, help.optionDescription(option)]),
  ].map(([term = '', about = '']) => [term, about.replaceAll('<', '\\<')])
  const usage = `\`${help.commandUsage(command)}\`: ${command.description()}.`
  return [usage, ...(rows.length === 0 ? [] : [table(['given', 'means'], rows)]), ...endings(command)].join('\n\n')
}

/** What its help says of exit codes, on one line. */
function endings(command: Command): string[] {
  let help = ''
  command.configureOutput({ writeOut: (text) => void (help += text) }).outputHelp()
  const found = /^Exit codes: [^]*?(?=\n\n|$(?![^]))/m.exec(help)?.[0]
  return found === undefined ? [] : [found.trim().replaceAll('\n', ' ')]
}
