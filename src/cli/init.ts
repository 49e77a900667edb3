// `tidegate init`: a first configuration with the reason of each line, or a first plugin with its test. Nothing is overwritten unasked, and
// nothing is written that `check` would refuse.
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { shown } from '../config/load/files.ts'
import { endStuckLoaders, loadInThread } from '../runtime/loader.ts'
import { firstFile, type FirstService, tries } from './init-file.ts'
import { pluginFiles, pluginUse } from './init-plugin.ts'
import { failureLine, findingLines, print, talk } from './output.ts'

const FAILED = 1
const USAGE = 2
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/
const PLUGIN = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/
/** Where the schema is found when the package is not beside the file. */
const SCHEMA = 'https://tidegate.dev/schema.json'
const OTHERS = ['tidegate.yaml', 'tidegate.yml', 'tidegate.json', 'tidegate.config.ts']

interface InitFlags {
  readonly service: readonly FirstService[]
  readonly plugin?: string
  readonly limit?: string
  readonly issuer?: string
  readonly dir: string
  readonly force: boolean
  readonly dryRun: boolean
}

export function initCommand(): Command {
  return new Command('init')
    .description('write a first configuration, or a first plugin')
    .option('--service <name=url>', 'a service to route to (repeatable): users=http://127.0.0.1:3001', service, [])
    .option('--plugin <name>', 'write a policy of your own and its test, plugins/NAME.ts', pluginName)
    .option('--limit <rate>', 'comes in a later release')
    .option('--issuer <url>', 'comes in a later release')
    .option('--dir <folder>', 'where to write', '.')
    .option('--force', 'overwrite what is there', false)
    .option('--dry-run', 'print what would be written', false)
    .addHelpText(
      'after',
      `
Examples:
  tidegate init
  tidegate init --service users=http://127.0.0.1:3001 --service orders=http://127.0.0.1:3002
  tidegate init --plugin require-tenant

Exit codes: 0 written, 1 something is there already or cannot be written, 2 wrong usage.`,
    )
    .action(async (flags: InitFlags) => {
      process.exitCode = await init(flags)
      await endStuckLoaders()
    })
}

async function init(flags: InitFlags): Promise<number> {
  const later =
    flags.limit !== undefined ? '--limit: rate limits come' : flags.issuer !== undefined ? '--issuer: authentication comes' : undefined
  if (later !== undefined) {
    talk(failureLine(`${later} in a later release; leave it out`))
    return USAGE
  }
  if (flags.plugin === undefined) return writeFirst(flags)
  if (flags.service.length > 0) {
    talk(failureLine('--plugin writes a plugin, --service a configuration: one after the other; see tidegate init --help'))
    return USAGE
  }
  return writePlugin(flags.plugin, flags)
}

async function writeFirst({ service: services, dir, force, dryRun }: InitFlags): Promise<number> {
  const folder = resolve(dir)
  const local = existsSync(join(folder, 'node_modules/tidegate/schema.json'))
  const text = firstFile(services, local ? './node_modules/tidegate/schema.json' : SCHEMA)
  const { findings } = await loadInThread({ files: ['-'], cwd: folder, env: {}, overrides: [], piped: new Map([['-', text]]) })
  const errors = findings.filter(({ severity }) => severity === 'error')
  if (errors.length > 0) {
    for (const line of findingLines(errors, process.stderr)) talk(line)
    talk(failureLine('nothing was written'))
    return USAGE
  }
  const there = OTHERS.find((name) => existsSync(join(folder, name)))
  if (there !== undefined && there !== 'tidegate.yaml' && !dryRun) {
    talk(failureLine(`${shown(join(folder, there), process.cwd())} is there already, and two configurations in one place are an error`))
    return FAILED
  }
  const code = await write(new Map([['tidegate.yaml', text]]), { folder, force, dryRun })
  if (code !== 0 || dryRun) return code
  print(`
Run it, and it follows your edits:
  ${dir === '.' ? '' : `cd ${dir} && `}tidegate dev

Then, in another terminal:
${tries(services)
  .map((line) => `  ${line}`)
  .join('\n')}`)
  return 0
}

async function writePlugin(name: string, { dir, force, dryRun }: InitFlags): Promise<number> {
  const code = await write(pluginFiles(name), { folder: resolve(dir), force, dryRun })
  if (code !== 0 || dryRun) return code
  print(`
The types and the test need the package beside it; the gateway does not:
  npm install --save-dev tidegate zod
  node --test plugins/${name}.test.ts

The configuration uses it so:
${pluginUse(name)
  .split('\n')
  .map((line) => `  ${line}`)
  .join('\n')}`)
  return 0
}

interface Writing {
  readonly folder: string
  readonly force: boolean
  readonly dryRun: boolean
}

async function write(files: ReadonlyMap<string, string>, { folder, force, dryRun }: Writing): Promise<number> {
  if (dryRun) {
    for (const [name, text] of files) print(files.size === 1 ? text.trimEnd() : `--- ${name}\n${text}`)
    return 0
  }
  const there = [...files.keys()].filter((name) => existsSync(join(folder, name)))
  if (there.length > 0 && !force) {
    const names = there.map((name) => shown(join(folder, name), process.cwd())).join(' and ')
    talk(failureLine(`${names} ${there.length === 1 ? 'is' : 'are'} there already; --force overwrites, --dry-run prints`))
    return FAILED
  }
  try {
    for (const [name, text] of files) {
      const path = join(folder, name)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, text)
      print(`wrote ${shown(path, process.cwd())}`)
    }
    return 0
  } catch (error) {
    talk(failureLine(`cannot write: ${(error as Error).message}`))
    return FAILED
  }
}

function service(value: string, list: readonly FirstService[]): readonly FirstService[] {
  const equals = value.indexOf('=')
  const [name, url] = [value.slice(0, Math.max(0, equals)), value.slice(equals + 1)]
  if (equals < 1 || url === '') throw new InvalidArgumentError('it is a name and a URL: users=http://127.0.0.1:3001')
  if (!NAME.test(name))
    throw new InvalidArgumentError('a name is made of letters, digits, `-`, `_` and `.`, and starts with a letter or digit')
  if (list.some((other) => other.name === name)) throw new InvalidArgumentError(`there are two services called ${name}`)
  return [...list, { name, url }]
}

function pluginName(value: string): string {
  if (!PLUGIN.test(value)) throw new InvalidArgumentError('a name is made of small letters and digits with `-` between: require-tenant')
  return value
}
