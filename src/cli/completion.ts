// `tidegate completion SHELL`: a script that completes commands, flags and their values, made from the commands themselves.
import { Argument, Command, type Option } from 'commander'
import { print } from './output.ts'

const SHELLS = ['bash', 'zsh', 'fish'] as const
type Shell = (typeof SHELLS)[number]

/** `program` has every command by the time that this one runs. */
export function completionCommand(program: () => Command): Command {
  return new Command('completion')
    .description('print a completion script for a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText(
      'after',
      `
Examples:
  eval "$(tidegate completion bash)"                    in ~/.bashrc
  eval "$(tidegate completion zsh)"                     in ~/.zshrc, after compinit
  tidegate completion fish | source                     in ~/.config/fish/config.fish`,
    )
    .action((shell: Shell) => print(SCRIPTS[shell](wordsOf(program()))))
}

/** What can follow what. */
interface Words {
  readonly commands: readonly CommandWords[]
}

interface CommandWords {
  readonly name: string
  readonly about: string
  readonly flags: readonly FlagWords[]
  /** Values of the first argument; empty: files. */
  readonly values: readonly string[]
  readonly files: boolean
}

interface FlagWords {
  readonly spellings: readonly string[]
  readonly about: string
  /** undefined: takes none; empty: takes any, files where it is one. */
  readonly values: readonly string[] | undefined
  readonly files: boolean
}

function wordsOf(program: Command): Words {
  return {
    commands: program.commands.map((command) => {
      const [first] = command.registeredArguments
      return {
        name: command.name(),
        about: command.description(),
        flags: [...command.options.map(flagWords), { spellings: ['--help', '-h'], about: 'print help', values: undefined, files: false }],
        values: command.name() === 'help' ? program.commands.map((each) => each.name()) : (first?.argChoices ?? []),
        files: first?.name() === 'files',
      }
    }),
  }
}

function flagWords({ short, long, description, required, argChoices, flags }: Option): FlagWords {
  return {
    spellings: [long, short].filter((each) => each !== undefined),
    about: description.split(/ \(|[:;]/, 1)[0] ?? '',
    values: required ? (argChoices ?? []) : undefined,
    files: /<(?:file|folder)>/.test(flags),
  }
}

const bash = ({ commands }: Words): string => `# bash completion for tidegate
_tidegate_files() {
  local IFS=$'\\n'
  compopt -o filenames 2>/dev/null
  COMPREPLY+=($(compgen -f -- "$1"))
}
_tidegate() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" command="\${COMP_WORDS[1]}"
  COMPREPLY=()
  # bash takes --flag=value for three words
  if [ "$current" = "=" ]; then current=""; elif [ "$previous" = "=" ]; then previous="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(' ')} --help --version" -- "$current"))
    return
  fi
  case "$command $previous" in
${commands.flatMap(({ name, flags }) => flags.filter(({ values }) => values !== undefined).map((flag) => bashValues(name, flag))).join('\n')}
  esac
  case "$command" in
${commands.map(bashCommand).join('\n')}
  esac
}
complete -o bashdefault -F _tidegate tidegate`

const bashValues = (command: string, { spellings, values = [], files }: FlagWords): string =>
  `    ${spellings.map((each) => `"${command} ${each}"`).join('|')}) ${files ? '_tidegate_files "$current"' : `COMPREPLY=($(compgen -W "${values.join(' ')}" -- "$current"))`}; return ;;`

function bashCommand({ name, flags, values, files }: CommandWords): string {
  const words = [...values, ...flags.flatMap(({ spellings }) => spellings)].join(' ')
  const more = files ? '; case "$current" in -*) ;; *) _tidegate_files "$current" ;; esac' : ''
  return `    ${name}) COMPREPLY=($(compgen -W "${words}" -- "$current"))${more} ;;`
}

const zsh = ({ commands }: Words): string => `# zsh completion for tidegate
_tidegate() {
  local -a commands
  commands=(${commands.map(({ name, about }) => quoted(`${name}:${about.replaceAll(':', '\\:')}`)).join(' ')})
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  case "$words[2]" in
${commands.map(zshCommand).join('\n')}
  esac
}
compdef _tidegate tidegate`

function zshCommand({ name, flags, values, files }: CommandWords): string {
  const specs = flags.flatMap(({ spellings, about, values: taken, files: file }) =>
    spellings.map((spelling) => {
      const action = taken === undefined ? '' : `: :${file ? '_files' : `(${taken.join(' ')})`}`
      return quoted(`*${spelling}[${about.replaceAll(/[[\]:]/g, '')}]${action}`)
    }),
  )
  const rest = values.length > 0 ? [quoted(`*: :(${values.join(' ')})`)] : files ? [quoted('*: :_files')] : []
  return `    ${name}) shift words; (( CURRENT-- )); _arguments ${[...specs, ...rest].join(' ')} ;;`
}

const fish = ({ commands }: Words): string =>
  ['# fish completion for tidegate', 'complete -c tidegate -f', ...commands.flatMap(fishCommand)].join('\n')

function fishCommand({ name, about, flags, values, files }: CommandWords): string[] {
  const within = `-n "__fish_seen_subcommand_from ${name}"`
  return [
    `complete -c tidegate -n __fish_use_subcommand -a ${name} -d ${quoted(about)}`,
    ...(values.length > 0 ? [`complete -c tidegate ${within} -a ${quoted(values.join(' '))}`] : []),
    ...(files ? [`complete -c tidegate ${within} -F`] : []),
    ...flags.map(({ spellings, about: what, values: taken, files: file }) => {
      const names = spellings.map((each) => (each.startsWith('--') ? `-l ${each.slice(2)}` : `-s ${each.slice(1)}`)).join(' ')
      const value = taken === undefined ? '' : file ? ' -r -F' : ` -x${taken.length > 0 ? ` -a ${quoted(taken.join(' '))}` : ''}`
      return `complete -c tidegate ${within} ${names}${value} -d ${quoted(what)}`
    }),
  ]
}

/** For each of the shells. */
const quoted = (text: string): string => `'${text.replaceAll("'", '’')}'`

const SCRIPTS: Readonly<Record<Shell, (words: Words) => string>> = { bash, zsh, fish }
