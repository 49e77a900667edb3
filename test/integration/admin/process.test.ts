// The admin API and probes of `tidegate start` as a process, and the commands that ask it.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Gateway } from '../lifecycle/gateway.ts'

const cli = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url))
const start = (...flags: string[]): { module: string; args: (file: string) => readonly string[] } => ({
  module: cli,
  args: (file) => ['start', '-c', file, '--workers', '1', ...flags],
})
const logs = 'telemetry: { logs: { sinks: [] } }\n'
const reply = (body: string): string => `${logs}routes: { all: { match: "GET /{rest...}", reply: { status: 200, body: ${body} } } }\n`

interface Told {
  readonly status: number
  readonly body: string
  readonly fields: http.IncomingHttpHeaders
}

function ask(
  port: number,
  path: string,
  { method = 'GET', token, host, json }: { method?: string; token?: string; host?: string; json?: unknown } = {},
): Promise<Told> {
  return new Promise((resolve, reject) => {
    const headers = {
      host: host ?? `localhost:${port}`,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
    }
    const request = http.request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (part: string) => (body += part))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body, fields: response.headers }))
    })
    request.on('error', reject)
    request.end(json === undefined ? undefined : JSON.stringify(json))
  })
}

const stateOf = (gateway: Gateway): string => join(gateway.folder, '.tidegate')
const tokenOf = (gateway: Gateway): string => readFileSync(join(stateOf(gateway), 'admin.token'), 'utf8').trim()

async function adminPort(gateway: Gateway, from = 0): Promise<number> {
  return Number(/:(\d+)\n/.exec(await gateway.said(/admin API on http:\/\/127\.0\.0\.1:\d+\n/, from))?.[1])
}

/** A command of the command line, in the gateway's folder. */
function command(gateway: Gateway, ...args: string[]): Promise<{ code: number; out: string; talk: string }> {
  const { TIDEGATE_STATE: _, TIDEGATE_ADMIN_TOKEN: __, ...env } = process.env
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...args], { cwd: gateway.folder, env: { ...env, NO_COLOR: '1' } }, (error, out, talk) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, out, talk }),
    )
  })
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = net.createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as net.AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

suite('a gateway that runs', () => {
  let gateway: Gateway
  let admin: number
  before(async () => {
    gateway = await Gateway.start({
      yaml: `${reply('first')}probes: { port: 0, address: 127.0.0.1, metrics: true }\n`,
      main: start('--admin-port', '0'),
    })
    admin = await adminPort(gateway)
  })
  after(() => gateway[Symbol.asyncDispose]())

  test('A75 without tokens a random one lies under state, for the owner alone, beside where the admin API listens', async () => {
    const token = tokenOf(gateway)
    assert.match(token, /^[0-9a-f]{64}$/)
    assert.equal(statSync(stateOf(gateway)).mode & 0o777, 0o700)
    for (const file of ['admin.token', 'admin.json']) assert.equal(statSync(join(stateOf(gateway), file)).mode & 0o777, 0o600)
    assert.deepEqual(JSON.parse(readFileSync(join(stateOf(gateway), 'admin.json'), 'utf8')), {
      url: `http://127.0.0.1:${admin}`,
      pid: gateway.pid,
    })
    assert.equal((await ask(admin, '/api/v1/config')).status, 401)
    assert.equal((await ask(admin, '/api/v1/config', { token })).status, 200)
    assert.equal((await ask(admin, '/api/v1/config', { token, host: 'evil.example' })).status, 403)
  })

  test('A76 the public listener has nothing of the admin API, and the port for probes livez, readyz and metrics alone', async () => {
    const probes = Number(/probes on http:\/\/127\.0\.0\.1:(\d+)/.exec(gateway.log)?.[1])
    for (const path of ['/livez', '/readyz', '/metrics', '/api/v1/status']) {
      assert.equal(await gateway.get(path), '200 first')
    }
    for (const path of ['/livez', '/readyz', '/metrics']) assert.equal((await ask(probes, path, { host: 'any.example' })).status, 200, path)
    for (const path of ['/healthz', '/api/v1/status', '/api/v1/config', '/api/v1/reload', '/openapi.json', '/'])
      for (const method of ['GET', 'POST']) assert.equal((await ask(probes, path, { method, token: tokenOf(gateway) })).status, 404, path)
    assert.equal((await ask(probes, '/livez', { method: 'POST' })).status, 405)
    assert.match((await ask(admin, '/metrics')).body, /^http_server_request_duration_seconds_count\{.*http_route="all".*\} 4$/m)
  })

  test('a second gateway in the same folder leaves what tells of the first, says so, and takes nothing away at its end', async () => {
    const told = readFileSync(join(stateOf(gateway), 'admin.json'), 'utf8')
    const second = await Gateway.start({
      yaml: reply('of the second'),
      env: { TIDEGATE_STATE: stateOf(gateway) },
      main: start('--admin-port', '0'),
    })
    await second.said(new RegExp(`tells of another gateway, process ${gateway.pid}, .*this one with --admin http://127.0.0.1:`))
    assert.equal(readFileSync(join(stateOf(gateway), 'admin.json'), 'utf8'), told)
    await second[Symbol.asyncDispose]()
    assert.equal(readFileSync(join(stateOf(gateway), 'admin.json'), 'utf8'), told)
  })

  test('a request is explained by the configuration that runs', async () => {
    const explain = async (body: unknown): Promise<Told> =>
      ask(admin, '/api/v1/explain', { method: 'POST', token: tokenOf(gateway), json: body })
    const { status, body } = await explain({ method: 'GET', url: '/x/y', headers: { accept: '*/*' } })
    assert.equal(status, 200, body)
    assert.equal((JSON.parse(body) as { route: string }).route, 'all')
    for (const wrong of [
      { method: 'GET' },
      { method: 'GET', url: '/', headers: { a: 1 } },
      { method: 'GET', url: '/', more: 1 },
      { method: 'G T', url: '/' },
    ])
      assert.equal((await explain(wrong)).status, 400, JSON.stringify(wrong))
  })

  test('a reload tells what changed, or every mistake, and a failed one degrades the verdict until one succeeds', async () => {
    gateway.configure(reply('second'))
    const switched = await command(gateway, 'reload')
    assert.equal(switched.code, 0)
    assert.match(switched.out, /^reloaded: configuration [0-9a-f]{12} is in force; changed: routes: ~1 \(all\); probes\n$/)
    assert.equal(await gateway.get('/x'), '200 second')
    gateway.configure('routes: { all: { match: /x, servise: up } }\n')
    const refused = await command(gateway, 'reload')
    assert.equal(refused.code, 78)
    assert.match(refused.out, /tidegate\.yaml:\d+:\d+ routes\.all\.servise {2}unknown key `servise`; did you mean `service`\?\n$/)
    assert.equal(refused.talk, 'tidegate: not reloaded: 1 error in the configuration; the configuration before stays in force\n')
    const degraded = await command(gateway, 'status')
    assert.equal(degraded.code, 0)
    assert.match(
      degraded.out,
      /^DEGRADED: the last reload failed \d+ s ago \(1 error in the configuration\); no configuration change for \d+ s\n\n/,
    )
    assert.match(gateway.log, /admin: admin\.token \(issuer\) reload from 127\.0\.0\.1: 200 switched\n/)
    assert.match(gateway.log, /admin: admin\.token \(issuer\) reload from 127\.0\.0\.1: 422 reload_refused\n/)
    gateway.configure(reply('third'))
    assert.match(await gateway.reload(), /^reloaded/)
    const well = await command(gateway, 'status', '--ready')
    assert.deepEqual(
      { ...well, out: well.out.replace(/\d+ s/, 'N s') },
      { code: 0, out: 'OK: 1 worker, 1 route; no configuration change for N s\n', talk: '' },
    )
    const json = JSON.parse((await command(gateway, 'status', '--json')).out) as { ready: boolean; pid: number }
    assert.deepEqual([json.ready, json.pid], [true, gateway.pid])
  })

  test('a reload moves the admin API: the new port answers, the old one closes, and the command line finds it', async () => {
    const next = await freePort()
    const moved = await Gateway.start({ yaml: `${reply('x')}admin: { port: ${await freePort()} }\n`, main: start() })
    await using _ = moved
    const old = await adminPort(moved)
    const from = moved.log.length
    moved.configure(`${reply('x')}admin: { port: ${next} }\n`)
    // Asked over the port that goes: the answer still comes.
    assert.equal((await command(moved, 'reload')).code, 0)
    assert.equal(await adminPort(moved, from), next)
    assert.equal((await ask(next, '/livez')).status, 200)
    await assert.rejects(ask(old, '/livez'), { code: 'ECONNREFUSED' })
    assert.equal((await command(moved, 'status', '--ready')).code, 0)
    // One that cannot be bound refuses the reload, and nothing moves.
    moved.configure(`${reply('x')}admin: { port: ${admin} }\n`)
    assert.match(await moved.reload(), /^not reloaded \(SIGHUP\): the admin API: port \d+ of 127\.0\.0\.1 is in use by another process/)
    assert.equal((await ask(next, '/livez')).status, 200)
  })
})

suite('starts and ends', { concurrency: 2 }, () => {
  test('readyz fails from SIGTERM on while livez and traffic go on; what told of the gateway goes with it, its token stays', async () => {
    await using gateway = await Gateway.start({ yaml: `${reply('hi')}timeouts: { preStop: 1500ms }\n`, main: start('--admin-port', '0') })
    const admin = await adminPort(gateway)
    assert.equal((await ask(admin, '/readyz')).status, 200)
    gateway.kill('SIGTERM')
    for (let status = 200; status !== 503; status = (await ask(admin, '/readyz')).status);
    assert.equal(await gateway.get('/x'), '200 hi')
    assert.equal((await ask(admin, '/livez')).status, 200)
    const stopping = await command(gateway, 'status')
    assert.equal(stopping.code, 1)
    assert.match(stopping.out, /^NOT READY: it is stopping;/)
    assert.equal((await gateway.exited).code, 0)
    assert.ok(existsSync(join(stateOf(gateway), 'admin.token')))
    assert.ok(!existsSync(join(stateOf(gateway), 'admin.json')))
    const gone = await command(gateway, 'status', '--admin', `http://127.0.0.1:${admin}`)
    assert.equal(gone.code, 1)
    assert.match(
      gone.talk,
      /^tidegate: no gateway answers at http:\/\/127\.0\.0\.1:\d+ \(as --admin says\): nothing listens there; [^\n]+\n$/,
    )
  })

  test('A75 TIDEGATE_ADMIN_TOKEN gives a token; empty or short it ends a start with 78; the one under state is kept over restarts', async () => {
    for (const short of ['', 'fifteen-letters']) {
      await using refused = new Gateway({ yaml: reply('hi'), main: start('--admin-port', '0'), env: { TIDEGATE_ADMIN_TOKEN: short } })
      assert.equal((await refused.exited).code, 78)
      assert.match(refused.log, /^tidegate: TIDEGATE_ADMIN_TOKEN (?:is set and empty|has fewer than 16 characters)/m)
    }
    const token = 'sixteen-letters!'
    await using given = await Gateway.start({ yaml: reply('hi'), main: start('--admin-port', '0'), env: { TIDEGATE_ADMIN_TOKEN: token } })
    assert.equal((await ask(await adminPort(given), '/api/v1/config', { token })).status, 200)
    assert.ok(!existsSync(join(stateOf(given), 'admin.token')))
    await using kept = await Gateway.start({
      yaml: reply('hi'),
      main: start('--admin-port', '0'),
    })
    const first = tokenOf(kept)
    await using again = await Gateway.start({ yaml: reply('hi'), main: start('--admin-port', '0'), env: { TIDEGATE_STATE: stateOf(kept) } })
    assert.equal((await ask(await adminPort(again), '/api/v1/config', { token: first })).status, 200)
    assert.equal(tokenOf(kept), first)
  })

  test('a port that the configuration names must be free; with --share-port it is waited for, and taken over', async () => {
    await using first = await Gateway.start({ yaml: `${reply('first')}admin: { port: ${await freePort()} }\n`, main: start() })
    const admin = await adminPort(first)
    const yaml = `${reply('second')}admin: { port: ${admin} }\n`
    await using refused = new Gateway({ yaml, main: start() })
    assert.equal((await refused.exited).code, 69)
    assert.match(refused.log, /^tidegate: the admin API: port \d+ of 127\.0\.0\.1 is in use by another process; [^\n]+\n$/m)
    const listener = `web: { address: 127.0.0.1, port: ${first.port} }`
    await using second = await Gateway.start({ yaml, listener, main: start('--share-port') })
    assert.match(second.log, /the admin API: port \d+ of 127\.0\.0\.1 is in use by another process; .*; it is tried again every 3 s/)
    first.kill('SIGTERM')
    await second.said(/the admin API listens now/)
    assert.equal(JSON.parse((await ask(admin, '/api/v1/status')).body).pid, second.pid)
  })
})

suite('under stress', { concurrency: 2 }, () => {
  test('R42 with every descriptor taken by clients the admin API and probes still answer', async () => {
    await using gateway = await Gateway.start({
      yaml: `${reply('hi')}probes: { port: 0, address: 127.0.0.1 }\n`,
      main: start('--admin-port', '0'),
      files: 120,
    })
    const admin = await adminPort(gateway)
    const probes = Number(/probes on http:\/\/127\.0\.0\.1:(\d+)/.exec(gateway.log)?.[1])
    const clients = Array.from({ length: 200 }, () => net.connect(gateway.port, '127.0.0.1').on('error', () => {}))
    await gateway.said(/accepting (?:pauses|is paused|paused)/i)
    for (let i = 0; i < 20; i++) {
      assert.equal((await ask(admin, '/readyz')).status, 200)
      assert.equal((await ask(probes, '/livez')).status, 200)
    }
    assert.equal((await command(gateway, 'status', '--ready')).code, 0)
    for (const client of clients) client.destroy()
  })

  test('the admin API answers while the only worker is blocked, and says so', async () => {
    const plugin = `import { definePolicy, proceed } from 'tidegate/plugin'
import { z } from 'zod'
export default definePolicy({ name: 'block', schema: z.strictObject({ ms: z.int() }), create: ({ ms }) => ({ onRequest() {
  for (const end = Date.now() + ms; Date.now() < end; );
  return proceed
} }) })
`
    await using gateway = await Gateway.start({
      yaml: `${logs}plugins: { block: ./block.js }\nroutes: { all: { match: "GET /{rest...}", policies: [block: { ms: 2500 }], reply: { status: 200, body: hi } } }\n`,
      main: start('--admin-port', '0'),
      prepare: ({ folder }) => writeFileSync(join(folder, 'block.js'), plugin),
    })
    const admin = await adminPort(gateway)
    const blocked = gateway.get('/x')
    let verdict = ''
    for (const end = performance.now() + 10_000; !verdict.startsWith('DEGRADED') && performance.now() < end;) {
      const { body, status } = await ask(admin, '/api/v1/status')
      assert.equal(status, 200)
      verdict = (JSON.parse(body) as { verdict: string }).verdict
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    assert.match(verdict, /^DEGRADED: worker 1 is blocked for \d s;/)
    assert.equal((await ask(admin, '/livez')).status, 200)
    assert.equal(await blocked, '200 hi')
  })
})
