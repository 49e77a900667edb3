// `tidegate fmt`: lays configuration files out anew, in place, comments kept.
import { renameSync, statSync, writeFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { Command } from 'commander'
import { locate, readText } from '../config/load/files.ts'
import type { Finding } from '../config/plan.ts'
import { findingLines, print, talk } from './output.ts'

const EX_CONFIG = 78
/** `--check` found files that are laid out differently. */
const FOUND = 1

const LAYOUT = `
Two spaces a level, at most 140 columns; { } and [ ] of at most 70 characters, without comments inside, stay on their line, longer ones become
blocks; one space before a comment. JSON files stay JSON. A file that changes is named on stdout; - goes from stdin to stdout as YAML.
`

export function fmtCommand(): Command {
  return new Command('fmt')
    .description('lay out configuration files in place; comments, quotes and what it all means stay')
    .argument('[files...]', 'files to format, - from stdin to stdout (default: the one in the working directory, then in /etc/tidegate)')
    .option('--check', 'change nothing; print the files that would change and exit with 1', false)
    .addHelpText(
      'after',
      `${LAYOUT}\nExamples:\n  tidegate fmt\n  tidegate fmt --check teams/*.yaml\n  tidegate fmt - < in.yaml > out.yaml\n\nExit codes: 0 laid out, 1 --check found files that would change, 2 wrong usage, 78 missing, or not YAML or JSON.`,
    )
    .action(async (files: readonly string[], { check }: { check: boolean }) => {
      const paths = files.length > 0 ? files : locate(undefined, process.cwd(), process.env)
      let code = 'message' in paths ? fail(finding(paths.file, 0, 0, paths.message)) : 0
      for (const path of 'message' in paths ? [] : paths)
        code = Math.max(code, path === '-' ? await formatStdin(check) : await formatFile(path, check))
      process.exitCode = code
    })
}

async function formatFile(path: string, check: boolean): Promise<number> {
  const read = readText(path)
  if ('message' in read) return fail(finding(path, 0, 0, read.message))
  const formatted = await format(read.text, path)
  if ('message' in formatted) return fail(finding(path, formatted.line, formatted.column, formatted.message))
  if (formatted.text === read.text) return 0
  print(path)
  if (check) return FOUND
  replace(read.real, formatted.text)
  return 0
}

async function formatStdin(check: boolean): Promise<number> {
  const input = await text(process.stdin)
  const formatted = await format(input, '-')
  if ('message' in formatted) return fail(finding('-', formatted.line, formatted.column, formatted.message))
  if (!check) process.stdout.write(formatted.text)
  return check && formatted.text !== input ? FOUND : 0
}

/** Written beside and renamed over: whoever watches the file never sees half of it. */
function replace(path: string, content: string): void {
  const beside = `${path}.fmt-${process.pid}`
  writeFileSync(beside, content, { mode: statSync(path).mode & 0o777 })
  renameSync(beside, path)
}

const finding = (file: string, line: number, column: number, message: string): Finding => ({
  file,
  line,
  column,
  path: '',
  message,
  severity: 'error',
})

function fail(what: Finding): number {
  for (const line of findingLines([what], process.stderr)) talk(line)
  return EX_CONFIG
}

/** Imported here: `start` shares this command line, and should not carry a YAML library for as long as it runs. */
async function format(input: string, file: string): Promise<ReturnType<typeof import('../config/format.ts').formatYaml>> {
  const { formatYaml } = await import('../config/format.ts')
  return formatYaml(input, file)
}
