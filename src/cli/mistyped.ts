// What becomes of a command line that is none: one sentence that says what was meant, as far as that can be told.
import type { Command } from 'commander'
import { laterCommand } from './later-commands.ts'
import { printable } from './output.ts'

/** What other gateways and tools call our commands. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ['run', 'start'],
  ['serve', 'start'],
  ['up', 'start'],
  ['validate', 'check'],
  ['verify', 'check'],
  ['test', 'check'],
  ['lint', 'check'],
  ['config', 'print-config'],
  ['show', 'print-config'],
  ['dump', 'print-config'],
  ['format', 'fmt'],
  ['new', 'init'],
  ['diagnose', 'doctor'],
  ['health', 'status'],
])
const FILE = /\.(?:ya?ml|json|[cm]?[jt]s)$/

/**
 * `error: unknown command 'chek'\n(Did you mean check?)` → `tidegate: unknown command 'chek' (did you mean check?); see tidegate --help`;
 * what is said of a flag's value stands behind what was typed: `tidegate: --port x: it must be …`. `command`: in which it was typed.
 */
export function mistyped(text: string, command: Command): string {
  const [first = '', ...rest] = text.trim().split('\n')
  const unknown = /^error: unknown command '(.*)'$/.exec(first)?.[1] ?? ''
  const later = laterCommand(unknown)
  if (later !== undefined) return `tidegate: ${later}\n`
  const elsewhere = ELSEWHERE.get(unknown)
  const hint =
    elsewhere === undefined
      ? (flagOfCommand(first, command) ?? rest.map((line) => ` ${line.trim().replace('(Did', '(did')}`).join(''))
      : ` (here it is ${elsewhere})`
  const said =
    surplus(first, command) ??
    first
      .replace(/^error: /, '')
      .replace(/\.$/, '')
      .replace(/^missing required argument '(.*)'$/, (_, name: string) => `<${name}> is missing: ${lineOf(command)} ${command.usage()}`)
      .replace(/^option '(?:-\w, )?(--[a-z-]+)[^']*' argument '(.*)' is invalid\. /, '$1 $2: ')
      .replace(': Allowed choices are', ': allowed are')
  return `tidegate: ${printable(said)}${printable(hint)}; see ${lineOf(command)} --help\n`
}

const lineOf = (command: Command): string => (command.parent === null ? 'tidegate' : `tidegate ${command.name()}`)

/** More arguments than the command takes; a file among them was meant for `--config`. */
function surplus(first: string, command: Command): string | undefined {
  const got = /^error: too many arguments for '.*'\. Expected \d+ arguments? but got \d+: (.*?)\.?$/.exec(first)?.[1]
  if (got === undefined) return undefined
  const file = got.split(', ').find((each) => FILE.test(each))
  if (file !== undefined && command.options.some(({ long }) => long === '--config')) return `a configuration is named by a flag: -c ${file}`
  const most = command.registeredArguments.length
  const takes = most === 0 ? 'no arguments' : `${most} argument${most === 1 ? '' : 's'} at most`
  return `${command.name()} takes ${takes}, and got: ${got}`
}

/** A flag before the command that it belongs to. */
function flagOfCommand(first: string, command: Command): string | undefined {
  const flag = /^error: unknown option '(-[^']*)'$/.exec(first)?.[1]
  if (flag === undefined || command.parent !== null) return undefined
  const owner = command.commands.find(({ options }) => options.some(({ short, long }) => flag === short || flag === long))
  return owner === undefined ? undefined : ` (a flag of ${owner.name()}: tidegate ${owner.name()} ${flag})`
}
