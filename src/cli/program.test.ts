import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, mock, test } from 'node:test'
import { text } from 'node:stream/consumers'
import { runProgram } from './program.ts'
import { version } from './version.ts'

const VALID = 'version: 1\nservices:\n  s: { endpoints: [http://127.0.0.1:1] }\nroutes:\n  a: { match: /a, service: s }\n'

let folder = ''
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-cli-'))
  writeFileSync(join(folder, 'tidegate.yaml'), VALID)
  writeFileSync(join(folder, 'bad.yaml'), VALID.replace('service: s', 'sevice: s'))
})
after(() => rmSync(folder, { recursive: true }))

interface Result {
  readonly code: number | string | undefined
  readonly out: string
  readonly talk: string
}

/** Runs a command line inside this process; paths are shown as `./…` of the folder. */
async function run(args: readonly string[], env: Record<string, string> = {}): Promise<Result> {
  const written = { out: '', talk: '' }
  // Our own lines are strings; what the test runner reports on the same descriptor is not, and passes.
  const catching = (key: 'out' | 'talk', stream: NodeJS.WriteStream) => {
    const pass = stream.write.bind(stream)
    return mock.method(stream, 'write', (chunk: string | Uint8Array) => {
      if (typeof chunk !== 'string') return pass(chunk)
      written[key] += chunk
      return true
    })
  }
  const out = catching('out', process.stdout)
  const talk = catching('talk', process.stderr)
  const kept = { ...process.env }
  delete process.env['NO_COLOR']
  delete process.env['FORCE_COLOR']
  Object.assign(process.env, env)
  process.exitCode = 0
  try {
    await runProgram([process.execPath, 'tidegate', ...args])
    return { code: process.exitCode, out: written.out.replaceAll(`${folder}/`, './'), talk: written.talk.replaceAll(`${folder}/`, './') }
  } finally {
    out.mock.restore()
    talk.mock.restore()
    process.exitCode = 0
    process.env = kept
  }
}

/** Runs it as a user does, in the folder. */
async function spawned(args: readonly string[], input = ''): Promise<Result> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], { cwd: folder, stdio: 'pipe' })
  child.stdin.end(input)
  const ended = new Promise<number | undefined>((resolve) => child.once('exit', (code) => resolve(code ?? undefined)))
  const [out, talk] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { code: await ended, out, talk }
}

const at = (name: string): string => join(folder, name)

test('check says that a configuration is valid, on stderr, and ends with 0', async () => {
  assert.deepEqual(await spawned(['check']), { code: 0, out: '', talk: 'valid: 1 listener on *:8080, 1 service, 1 route\n' })
})

test('check says where a single listener is, and counts several', async () => {
  const last = async (listeners: string): Promise<string> => {
    writeFileSync(at('listening.yaml'), `${VALID}listeners: ${listeners}\n`)
    return (await run(['check', at('listening.yaml')])).talk
  }
  assert.equal(await last("{ web: { address: '::1', port: 81 } }"), 'valid: 1 listener on [::1]:81, 1 service, 1 route\n')
  assert.equal(await last('{ a: { port: 81 }, b: { port: 82 } }'), 'valid: 2 listeners, 1 service, 1 route\n')
})

test('check prints file:line:col path message and ends with 78', async () => {
  const { code, out, talk } = await run(['check', at('bad.yaml')])
  assert.equal(code, 78)
  assert.equal(out, './bad.yaml:5:19 routes.a.sevice  unknown key `sevice`; did you mean `service`?\n')
  assert.equal(talk, '1 error\n')
})

test('check --json prints findings for editors', async () => {
  const { code, out, talk } = await run(['check', '-c', at('bad.yaml'), '--json'])
  assert.equal(code, 78)
  assert.equal(talk, '')
  const { valid, findings } = JSON.parse(out) as { valid: boolean; findings: { line: number; path: string }[] }
  assert.equal(valid, false)
  assert.deepEqual(
    findings.map(({ line, path }) => [line, path]),
    [[5, 'routes.a.sevice']],
  )
})

test('check takes --set', async () => {
  const { code, out } = await run(['check', '-q', at('tidegate.yaml'), '--set', 'limits.body=10'])
  assert.equal(code, 78)
  assert.match(out, /^--set limits\.body limits\.body {2}`10` has no unit/)
})

test('R34 check binds no port: it judges a configuration whose port is taken', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const { code } = await run(['check', at('tidegate.yaml'), '--set', `listeners.web.port=${port}`])
  await new Promise((resolve) => server.close(resolve))
  assert.equal(code, 0)
})

test('a missing file is one sentence and 78', async () => {
  for (const command of ['check', 'fmt']) {
    const { code, out, talk } = await run([command, at('nope.yaml')])
    assert.equal(code, 78)
    assert.match(out + talk, /^\.\/nope\.yaml {2}does not exist\n/)
  }
})

test('a start that fails says why in one sentence, without a time, and ends with the code for it', async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const { port } = taken.address() as { port: number }
  writeFileSync(at('other.yaml'), `${VALID}listeners: { web: { address: 127.0.0.1, port: ${port} } }\n`)
  writeFileSync(
    at('unwritable.yaml'),
    `${VALID.replace('services:', 'services:\n  unused: { endpoints: [http://127.0.0.1:2] }')}state: ${'n'.repeat(300)}\ntelemetry: { logs: { sinks: [{ type: file, path: a.log }] } }\n`,
  )
  const cases: [string[], number, string][] = [
    [['-c', 'nope.yaml'], 78, 'tidegate: nope.yaml does not exist\n'],
    [['-c', 'bad.yaml'], 78, 'bad.yaml:5:19 routes.a.sevice  unknown key `sevice`; did you mean `service`?\n'],
    [
      ['-c', 'other.yaml'],
      69,
      `tidegate: port ${port} of 127.0.0.1 is in use by another process; stop it, choose another port, or take over from it with --share-port\n`,
    ],
    [
      ['-c', 'unwritable.yaml'],
      78,
      `unwritable.yaml:3:3 services.unused  warning: no route refers to this service\ntidegate: the folder \`${at('n'.repeat(300))}\` of the access log cannot be made: its name is too long; \`state\` or TIDEGATE_STATE names another place\n`,
    ],
    [
      ['-c', 'tidegate.yaml', '--port', '0', '--host', '192.0.2.1'],
      69,
      'tidegate: port 0 of 192.0.2.1 cannot be bound: this machine has no such address\n',
    ],
    [['--foo'], 2, "tidegate: unknown option '--foo'; see tidegate start --help\n"],
  ]
  const results = await Promise.all(cases.map(([args]) => spawned(['start', ...args])))
  await new Promise((resolve) => taken.close(resolve))
  cases.forEach(([args, code, talk], i) => assert.deepEqual(results[i], { code, out: '', talk }, args.join(' ')))
})

test('a start that fails counts several mistakes, and goes on in JSON where the log is JSON', async () => {
  writeFileSync(at('worse.yaml'), VALID.replace('match: /a', 'match: a').replace('127.0.0.1:1', '127.0.0.1:x'))
  const { code, talk } = await spawned(['start', '-c', 'worse.yaml'])
  assert.equal(code, 78)
  assert.match(
    talk,
    /^worse\.yaml:3:\d+ services\.s[^\n]+\nworse\.yaml:5:\d+ routes\.a\.match [^\n]+\ntidegate: 2 errors in the configuration\n$/,
  )
  const json = await spawned(['start', '-c', 'nope.yaml', '--log-format', 'ecs'])
  assert.equal(json.code, 78)
  assert.deepEqual(
    json.talk
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { message: string }).message),
    ['nope.yaml does not exist', '1 error in the configuration'],
  )
})

test('start --dry-run prints what would run, flags counted, and makes and binds nothing', async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const { port } = taken.address() as { port: number }
  const file = `${VALID}listeners: { web: { address: 127.0.0.1, port: 1 } }\nprobes: { port: 2 }\nstate: dry\ntelemetry: { logs: { sinks: [{ type: file, path: a.log }] } }\n`
  writeFileSync(at('dry.yaml'), file.replace('services:', 'services:\n  unused: { endpoints: [http://127.0.0.1:2] }'))
  const flags = ['-c', 'dry.yaml', '--port', `${port}`, '--admin-port', '0', '--workers', '3', '--log-format', 'ecs']
  const result = await spawned(['start', '--dry-run', ...flags])
  await new Promise((resolve) => taken.close(resolve))
  assert.deepEqual(result, {
    code: 0,
    out: `tidegate ${version} would run with:
  listener web  http://127.0.0.1:${port}
  admin API     127.0.0.1, any free port
  probes        http://*:2
  workers       3
  serves        1 route, 2 services
  access log    ecs to ${at('dry/a.log')}
  state         ${at('dry')}
  files         ${at('dry.yaml')}
`,
    talk: 'dry.yaml:3:3 services.unused  warning: no route refers to this service\n',
  })
  assert.equal(existsSync(at('dry')), false)
  const wrong = await spawned(['start', '--dry-run', '-c', 'bad.yaml'])
  assert.deepEqual([wrong.code, wrong.out], [78, ''])
  assert.match(wrong.talk, /^bad\.yaml:5:19 routes\.a\.sevice /)
})

test('what was typed wrong is one sentence on stderr, with a suggestion, and 2', async () => {
  const cases: [string[], RegExp][] = [
    [['chekc'], /^tidegate: unknown command 'chekc' \(did you mean check\?\); see tidegate --help\n$/],
    [['check', '--jsno'], /^tidegate: unknown option '--jsno' \(did you mean --json\?\); see tidegate check --help\n$/],
    [['start', '--prot', '1'], /^tidegate: unknown option '--prot' \(did you mean --port\?\); see tidegate start --help\n$/],
    [['start', '--port', 'x'], /^tidegate: --port x: it must be a whole number from 0 to 65535; see tidegate start --help\n$/],
    [
      ['start', '--host', 'nonsense'],
      /^tidegate: --host nonsense: `nonsense` is not an address; write one of this machine, [^\n]+; see tidegate start --help\n$/,
    ],
    [['start', '--host', 'localhost'], /^tidegate: --host localhost: `localhost` is a name of two addresses; write [^\n]+\n$/],
    [['start', '--host', ''], /^tidegate: --host : `` is not an address; [^\n]+\n$/],
    [['start', '--log-level', 'loud'], /^tidegate: --log-level loud: allowed are debug, info, warn, error; see tidegate start --help\n$/],
    [['check', '--config'], /^tidegate: option '-c, --config <file>' argument missing; see tidegate check --help\n$/],
    [['frontends', '--json'], /^tidegate: `frontends` is not available in this version yet: .* come in a later release\n$/],
    [['start', 'edge.yaml'], /^tidegate: a configuration is named by a flag: -c edge\.yaml; see tidegate start --help\n$/],
    [['status', 'a', 'b'], /^tidegate: status takes no arguments, and got: a, b; see tidegate status --help\n$/],
    [['explain'], /^tidegate: <method> is missing: tidegate explain \[options\] <method> <url>; see tidegate explain --help\n$/],
    [['validate'], /^tidegate: unknown command 'validate' \(here it is check\); see tidegate --help\n$/],
    [['-p', '80'], /^tidegate: unknown option '-p' \(a flag of start: tidegate start -p\); see tidegate --help\n$/],
    [['check', '--config='], /^tidegate: --config : it names no file; see tidegate check --help\n$/],
    [['help', 'top'], /^tidegate: `top` is not available in this version yet: [^\n]*\n$/],
    [['help', 'chekc'], /^tidegate: unknown topic 'chekc' \(did you mean check\?\); see tidegate help\n$/],
    [['\u001b[31m'], /^tidegate: unknown command '\\x1b\[31m'; see tidegate --help\n$/],
  ]
  for (const [args, talk] of cases) {
    const result = await run(args)
    assert.equal(result.code, 2, args.join(' '))
    assert.match(result.talk, talk)
    assert.equal(result.out, '')
  }
})

test('help and version go to stdout and end with 0', async () => {
  const help = await run(['--help'])
  assert.equal(help.code, 0)
  for (const part of ['Usage: tidegate COMMAND', 'Run:\n  start', 'Look at a configuration:', 'Examples:', 'Exit codes:'])
    assert.ok(help.out.includes(part), part)
  assert.equal((await run([])).out, help.out)
  assert.ok((await run(['help'])).out.startsWith(help.out))
  for (const command of ['start', 'check', 'fmt', 'schema', 'status', 'reload', 'version']) {
    const told = await run(['help', command])
    assert.match(told.out, new RegExp(`^Usage: tidegate ${command} `))
    assert.deepEqual(told, await run([command, '--help']))
  }
  assert.deepEqual(await run(['-V']), { code: 0, out: `${version}\n`, talk: '' })
  assert.match((await run(['version'])).out, new RegExp(`^tidegate ${version.replaceAll('.', '\\.')} \\(node `))
})

test('schema prints a JSON Schema that knows the installed policies', async () => {
  const { code, out } = await run(['schema'])
  assert.equal(code, 0)
  assert.ok(out.includes('"request-id"'))
  assert.equal((JSON.parse(out) as { title: string }).title, 'Tidegate')
})

test('fmt rewrites in place; --check only tells, with 1', async () => {
  writeFileSync(at('odd.yaml'), 'version:   1 # one\n')
  assert.deepEqual(await run(['fmt', '--check', at('odd.yaml'), at('tidegate.yaml')]), { code: 1, out: './odd.yaml\n', talk: '' })
  assert.equal(readFileSync(at('odd.yaml'), 'utf8'), 'version:   1 # one\n')
  assert.deepEqual(await run(['fmt', at('odd.yaml')]), { code: 0, out: './odd.yaml\n', talk: '' })
  assert.equal(readFileSync(at('odd.yaml'), 'utf8'), 'version: 1 # one\n')
})

test('A78 the terminal shows controls and turned text as escapes; - is stdin', async () => {
  const { code, out } = await spawned(['check', '-'], 'version: 1\n"ev\\u001b[2Jil\\u202e\\r\\nx": 1\n')
  assert.equal(code, 78)
  assert.ok(out.includes('unknown key `ev\\x1b[2Jil\\u{202e}\\x0d\\x0ax`'), out)
  // oxlint-disable-next-line no-control-regex -- what must not be there
  assert.doesNotMatch(out, /[\u001b\r\u202e]/)
})

test('colour only where it is asked for', async () => {
  const escape = '\u001b['
  assert.ok(!(await run(['check', at('bad.yaml')])).out.includes(escape))
  assert.ok((await run(['check', at('bad.yaml')], { FORCE_COLOR: '1' })).out.includes(escape))
  assert.ok(!(await run(['--no-color', 'check', at('bad.yaml')], { FORCE_COLOR: '1' })).out.includes(escape))
})

test('an old Node gets one sentence, and 1', async () => {
  const old = `data:text/javascript,${encodeURIComponent("Object.defineProperty(process.versions, 'node', { value: '22.1.0' })")}`
  const child = spawn(process.execPath, ['--import', old, join(import.meta.dirname, 'main.ts'), 'check'], { stdio: 'pipe' })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const [out, talk] = await Promise.all([text(child.stdout), text(child.stderr)])
  assert.equal(await ended, 1)
  assert.equal(out, '')
  assert.match(talk, /^tidegate: this is Node 22\.1\.0, and Node 24\.12 or newer is needed; [^\n]*\n$/)
})
