import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createProgram } from './program.ts'

const CLI = join(import.meta.dirname, 'main.ts')
const has = (shell: string): boolean => spawnSync(shell, ['-c', 'exit 0']).status === 0
const said = (shell: string, ...args: readonly string[]): string => spawnSync(shell, args, { encoding: 'utf8', cwd: folder }).stdout
const scripts = new Map<string, string>()
function scriptOf(shell: string): string {
  const script = scripts.get(shell) ?? spawnSync(process.execPath, [CLI, 'completion', shell], { encoding: 'utf8' }).stdout
  scripts.set(shell, script)
  return script
}

let folder = ''
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-completion-'))
  writeFileSync(join(folder, 'edge.yaml'), '')
  writeFileSync(join(folder, 'two words.yaml'), '')
})
after(() => rmSync(folder, { recursive: true }))

/** What bash offers after `words`, the last of which is being typed. */
function bash(...words: readonly string[]): string[] {
  const line = ['tidegate', ...words].map((word) => `'${word}'`).join(' ')
  const script = `${scriptOf('bash')}\nCOMP_WORDS=(${line}); COMP_CWORD=${words.length}; _tidegate; printf '%s\\n' "\${COMPREPLY[@]}"`
  return spawnSync('bash', ['-c', script], { encoding: 'utf8', cwd: folder })
    .stdout.split('\n')
    .filter((each) => each !== '')
}

test('bash completes commands, flags, values and files', { skip: has('bash') ? false : 'there is no bash' }, () => {
  const commands = createProgram().commands.map((command) => command.name())
  assert.deepEqual(bash(''), [...commands, '--help', '--version'])
  assert.deepEqual(bash('sta'), ['start', 'status'])
  assert.deepEqual(bash('start', '--log-l'), ['--log-level'])
  assert.deepEqual(bash('start', '--log-level', ''), ['debug', 'info', 'warn', 'error'])
  assert.deepEqual(bash('start', '-c', 'ed'), ['edge.yaml'])
  assert.deepEqual(bash('check', 'ed'), ['edge.yaml'])
  assert.deepEqual(bash('check', 'tw'), ['two words.yaml'])
  assert.deepEqual(bash('start', '--log-level', '='), ['debug', 'info', 'warn', 'error'])
  assert.deepEqual(bash('start', '--log-level', '=', 'w'), ['warn'])
  assert.deepEqual(bash('completion', ''), ['bash', 'zsh', 'fish', '--help', '-h'])
  assert.ok(bash('help', 'ex').includes('explain'))
})

test('every flag of every command is in each script', () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const script = scriptOf(shell)
    for (const { long } of createProgram().commands.flatMap(({ options }) => options)) {
      const wanted = shell === 'fish' ? `-l ${long?.slice(2)}` : `${long}`
      assert.ok(script.includes(wanted), `${shell}: ${long}`)
    }
  }
})

for (const shell of ['zsh', 'fish'])
  test(`${shell} takes the script`, { skip: has(shell) ? false : `there is no ${shell}` }, () => {
    const prelude = shell === 'zsh' ? 'autoload -Uz compinit; compinit -u; ' : ''
    writeFileSync(join(folder, shell), prelude + scriptOf(shell))
    const { status, stderr } = spawnSync(shell, [join(folder, shell)], { encoding: 'utf8', env: { ...process.env, HOME: folder } })
    assert.equal(status, 0, stderr)
    assert.equal(stderr, '')
  })

test('fish completes commands, flags and values', { skip: has('fish') ? false : 'there is no fish' }, () => {
  writeFileSync(join(folder, 'complete.fish'), scriptOf('fish'))
  const offered = (line: string): string[] =>
    said('fish', '--no-config', '-c', `source complete.fish; complete -C '${line}'`)
      .split('\n')
      .flatMap((each) => each.split('\t').slice(0, 1))
      .filter((each) => each !== '')
      .toSorted()
  assert.deepEqual(offered('tidegate sta'), ['start', 'status'])
  assert.ok(offered('tidegate start --log-').includes('--log-level'))
  assert.deepEqual(offered('tidegate start --log-level '), ['debug', 'error', 'info', 'warn'])
  assert.ok(offered('tidegate check ed').includes('edge.yaml'))
})

test('another shell is refused with those that there are', () => {
  const { status, stderr } = spawnSync(process.execPath, [CLI, 'completion', 'tcsh'], { encoding: 'utf8' })
  assert.equal(status, 2)
  assert.match(stderr, /bash, zsh, fish/)
})
