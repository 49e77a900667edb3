// Every command that a document shows in a block `sh` is run, in a folder that holds the configuration of its page (the one of README.md where
// the page has none): commands end with 0, `start` serves and ends with 0, `curl` is answered. What cannot be run here says why in the line
// above its block: `<!-- not run: … -->`.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { describe, test } from 'node:test'

const ROOT = join(import.meta.dirname, '..')
const CLI = join(ROOT, 'src/cli/main.ts')
const NOT_RUN = /^<!-- not run: (.+) -->$/
/** What needs a gateway that runs. */
const ASKING = /^(?:curl|tidegate (?:status|reload)\b)/
const MOST_NOT_RUN = 8

interface Page {
  readonly document: string
  readonly commands: readonly string[]
  readonly configuration: string
}

const notRun: string[] = []
const pages: Page[] = []
const readme = readBlocks('README.md').configuration
notRun.length = 0
for (const document of [...globSync('*.md', { cwd: ROOT }), ...globSync('docs/**/*.md', { cwd: ROOT })].toSorted()) {
  const { commands, configuration } = readBlocks(document)
  if (commands.length > 0) pages.push({ document, commands, configuration: configuration || readme })
}

function readBlocks(document: string): { commands: string[]; configuration: string } {
  const lines = readFileSync(join(ROOT, document), 'utf8').split('\n')
  const commands: string[] = []
  let configuration = ''
  for (let i = 0; i < lines.length; i++) {
    const kind = /^```(.*)$/.exec(lines[i] ?? '')?.[1]
    if (kind === undefined) continue
    const before = lines[i - 1] ?? ''
    const start = ++i
    while (i < lines.length && lines[i] !== '```') i++
    const block = lines.slice(start, i)
    if (kind === 'yaml' && configuration === '' && block[0] === 'version: 1') configuration = `${block.join('\n')}\n`
    if (!['sh', 'console', 'bash'].includes(kind)) continue
    const reason = NOT_RUN.exec(before)?.[1]
    if (reason === undefined)
      commands.push(...block.map((line) => line.replace(/^(?:\$ |npx )/, '').replace(/\s+#.*$/, '')).filter((line) => line !== ''))
    else notRun.push(`${document}:${start} ${reason}`)
  }
  return { commands, configuration }
}

/** Words of a command line; quotes hold them together. */
const words = (line: string): string[] => [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '')

class Shell {
  readonly folder = mkdtempSync(join(tmpdir(), 'docs-commands-'))
  #gateway: ChildProcess | undefined = undefined
  #url = ''

  constructor(configuration: string) {
    // Any free port, wherever one is named.
    writeFileSync(join(this.folder, 'tidegate.yaml'), configuration.replaceAll(/^(\s+port: )\d+/gm, '$10'))
  }

  async run(line: string): Promise<void> {
    if (ASKING.test(line) && this.#gateway === undefined) await this.#start(['start'])
    const [program, ...args] = words(line)
    if (program === 'curl') return this.#curl(args)
    assert.equal(program, 'tidegate', `${line}: neither tidegate nor curl; say why it is not run: <!-- not run: … -->`)
    if (args[0] === 'start' || args[0] === 'dev') return this.#start(args)
    // A first file is written where there is none.
    if (args[0] === 'init') rmSync(join(this.folder, 'tidegate.yaml'), { force: true })
    const child = this.#spawn(args)
    const [out, talk] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, 'exit')])
    // The services of the pages are not there, and telling so is what `doctor` is for.
    if (args[0] === 'doctor') assert.match(out, /^fail .*refuses connections$/m)
    else assert.equal(child.exitCode, 0, `${line}\n${out}${talk}`)
  }

  #spawn(args: readonly string[]): ChildProcess {
    const { NODE_TEST_CONTEXT: _, TIDEGATE_CONFIG: __, ...env } = process.env
    return spawn(process.execPath, [CLI, ...args], { cwd: this.folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  }

  async #start(args: readonly string[]): Promise<void> {
    await this.#stop()
    const workers = args[0] === 'start' ? ['--workers', '1'] : []
    const child = this.#spawn([...args, ...workers, '--host', '127.0.0.1', '--port', '0', '--admin-port', '0'])
    this.#gateway = child
    child.stdout?.resume()
    let said = ''
    for await (const line of createInterface(child.stderr!)) {
      said += `${line}\n`
      this.#url = / ready in .*: (http:\S+)/.exec(line)?.[1] ?? ''
      if (this.#url !== '') break
    }
    child.stderr?.resume()
    assert.notEqual(this.#url, '', said)
  }

  async #curl(args: readonly string[]): Promise<void> {
    const { url: admin } = JSON.parse(readFileSync(join(this.folder, '.tidegate/admin.json'), 'utf8')) as { url: string }
    const shown = args.find((arg) => arg.startsWith('http:')) ?? ''
    const { port, pathname, search } = new URL(shown)
    const answer = await fetch(new URL(`${pathname}${search}`, port === '9901' ? admin : this.#url))
    assert.ok((await answer.text()) !== '' && answer.status === 200, `curl ${args.join(' ')}: ${answer.status}`)
  }

  async #stop(): Promise<void> {
    const child = this.#gateway
    if (child === undefined) return
    this.#gateway = undefined
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    assert.deepEqual(await ended, [0, null])
  }

  async end(): Promise<void> {
    try {
      await this.#stop()
    } finally {
      rmSync(this.folder, { recursive: true })
    }
  }
}

describe('the commands of the documents do what they say', { concurrency: 2 }, () => {
  for (const { document, commands, configuration } of pages) {
    test(document, async () => {
      const shell = new Shell(configuration)
      try {
        for (const command of commands) await shell.run(command)
      } finally {
        await shell.end()
      }
    })
  }
})

test('there are commands to run, and those that are not run are few and say why', (context) => {
  for (const each of notRun) context.diagnostic(`not run: ${each}`)
  assert.ok(pages.length >= 4, pages.map(({ document }) => document).join(', '))
  assert.ok(notRun.length > 0 && notRun.length <= MOST_NOT_RUN, notRun.join('\n'))
})
