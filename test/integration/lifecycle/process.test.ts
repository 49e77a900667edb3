// `tidegate start` as a process: ports, reloads, watched files, signals and exit codes.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Gateway, load } from './gateway.ts'

const cli = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url))
const start = (...flags: string[]): { module: string; args: (file: string) => readonly string[] } => ({
  module: cli,
  args: (file) => ['start', '-c', file, '--workers', '2', ...flags],
})
const logs = 'telemetry: { logs: { sinks: [] } }\n'
const reply = (body: string): string => `${logs}routes: { all: { match: "GET /{rest...}", reply: { status: 200, body: ${body} } } }\n`
const forward = (port: number, more = ''): string =>
  `${logs}services: { up: { endpoints: ["http://127.0.0.1:${port}"] } }\nroutes:\n  all: { match: "/{rest...}", service: up }\n${more}`

/** A service that answers `/slow/MS` after that time, and everything else at once. */
async function service(): Promise<{ port: number; connections: () => number } & AsyncDisposable> {
  const server = http.createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const delay = Number(/^\/slow\/(\d+)/.exec(request.url ?? '')?.[1] ?? 0)
    setTimeout(() => response.end('served'), delay).unref()
  })
  const sockets = new Set<net.Socket>()
  server.on('connection', (socket) => sockets.add(socket.on('close', () => sockets.delete(socket))))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as net.AddressInfo).port,
    connections: () => sockets.size,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const eventually = async (holds: () => boolean | Promise<boolean>, limit = 5_000): Promise<void> => {
  for (const end = performance.now() + limit; !(await holds()); await new Promise((resolve) => setTimeout(resolve, 20)))
    assert.ok(performance.now() < end, 'it did not come to that in time')
}

suite('reloads of one process', () => {
  let gateway: Gateway
  before(async () => {
    gateway = await Gateway.start({ yaml: reply('first'), main: start() })
  })
  after(() => gateway[Symbol.asyncDispose]())

  test('R34 an invalid reload is rejected whole: the old configuration serves, and every mistake is named', async () => {
    gateway.configure(reply('old'))
    assert.match(await gateway.reload(), /^reloaded/)
    gateway.configure(forward(1, '  bad: { match: /x, servise: up }\n').replaceAll('up', 'down'))
    assert.match(await gateway.reload(), /not reloaded \(SIGHUP\): 1 error in the configuration; the configuration before stays in force/)
    assert.match(gateway.log, /tidegate\.yaml:8:\d+ routes\.bad/)
    assert.equal(await gateway.get('/x'), '200 old')
    gateway.configure(reply('new'))
    const took = /^reloaded \(SIGHUP\): .* is in force, read in (\d+) ms, taken by every worker in (\d+) ms\n/.exec(await gateway.reload())
    // Reading starts a thread, which alone takes longer than a millisecond.
    assert.ok(Number(took?.[1]) > 1 && Number(took?.[2]) < 15_000)
    assert.equal(await gateway.get('/x'), '200 new')
  })

  test('an idle connection takes the new configuration with its next request, and stays open', async () => {
    gateway.configure(reply('old'))
    assert.match(await gateway.reload(), /^reloaded/)
    const client = gateway.connect()
    assert.equal(await client.get('/x'), '200 old')
    gateway.configure(reply('new'))
    await gateway.reload()
    assert.equal(await client.get('/x'), '200 new')
    client.close()
  })

  test('R32 reloads under load fail nothing and close nothing', async () => {
    await using up = await service()
    gateway.configure(forward(up.port))
    assert.match(await gateway.reload(), /^reloaded/)
    const traffic = [load(gateway, 8, '/x'), load(gateway, 2, '/x', true)]
    for (let i = 0; i < 12; i++) {
      gateway.configure(forward(up.port, `  extra${i}: { match: GET /extra${i}, reply: { status: 200, body: "${i}" } }\n`))
      assert.match(await gateway.reload(), /^reloaded/)
      assert.equal(await gateway.get(`/extra${i}`), `200 ${i}`)
    }
    for (const { answered, failed } of await Promise.all(traffic.map((one) => one.stop()))) {
      assert.deepEqual(failed, [])
      assert.ok(answered > 50)
    }
  })

  test('R37 a service that a reload takes away finishes what it has and loses its connections', async () => {
    await using old = await service()
    await using next = await service()
    gateway.configure(forward(old.port))
    assert.match(await gateway.reload(), /^reloaded/)
    const client = gateway.connect()
    const slow = client.get('/slow/600')
    await eventually(() => old.connections() === 1)
    gateway.configure(forward(next.port))
    assert.match(await gateway.reload(), /^reloaded/)
    assert.equal(await gateway.get('/x'), '200 served')
    assert.equal(await slow, '200 served')
    await eventually(() => old.connections() === 0)
    assert.equal(await client.get('/x'), '200 served')
    client.close()
  })

  test('R33 a request that runs over reloads is not touched, and its connection goes on', async () => {
    await using up = await service()
    gateway.configure(forward(up.port))
    assert.match(await gateway.reload(), /^reloaded/)
    const client = gateway.connect()
    const slow = client.get('/slow/800')
    for (let i = 0; i < 2; i++) {
      gateway.configure(forward(up.port, `  extra: { match: GET /e, reply: { status: 200, body: "${i}" } }\n`))
      assert.match(await gateway.reload(), /^reloaded/)
    }
    assert.equal(await slow, '200 served')
    assert.equal(await client.get('/x'), '200 served')
    client.close()
  })
})

suite('a process', { concurrency: 2 }, () => {
  test('is ready within a second or so, says where, and ends with 0', async () => {
    await using gateway = await Gateway.start({ yaml: reply('hi'), main: start() })
    assert.match(gateway.log, /tidegate \d+\.\d+\.\d+ ready in \d+ ms: http:\/\/127\.0\.0\.1:\d+ \(2 workers, 1 route, 0 services\)/)
    assert.equal(await gateway.get('/x'), '200 hi')
    gateway.kill('SIGINT')
    assert.equal((await gateway.exited).code, 0)
  })

  test('R34 an invalid configuration ends a start with 78 and the place of every mistake', async () => {
    await using gateway = new Gateway({
      yaml: 'routes:\n  a: { match: /x, servise: up }\n  b: { match: "GE /y", reply: {} }\n',
      main: start(),
    })
    assert.equal((await gateway.exited).code, 78)
    assert.match(gateway.log, /tidegate\.yaml:5:\d+ routes\.a/)
    assert.match(gateway.log, /tidegate\.yaml:6:\d+ routes\.b/)
  })

  test('a port that is taken ends a start with 69 and one sentence, and --share-port goes on', async () => {
    await using first = await Gateway.start({ yaml: reply('first'), main: start() })
    const listener = `web: { address: 127.0.0.1, port: ${first.port} }`
    await using second = new Gateway({ yaml: reply('second'), listener, main: start() })
    assert.equal((await second.exited).code, 69)
    assert.match(second.log, new RegExp(`port ${first.port} of 127.0.0.1 is in use by another process`))
    const traffic = load(first, 4, '/x', true)
    await using third = await Gateway.start({ yaml: reply('third'), listener, main: start('--share-port') })
    first.kill('SIGTERM')
    assert.equal((await first.exited).code, 0)
    assert.equal(await third.get('/x'), '200 third')
    // Between two processes listeners cannot be handed over: what waits in the queue that closes is reset by the kernel, unless
    // net.ipv4.tcp_migrate_req is on. That is one connection of each client at most, and nothing that was accepted.
    const { failed } = await traffic.stop()
    assert.ok(failed.length <= 4 && failed.every((error) => error === 'ECONNRESET'), failed.join())
  })

  test('listeners come and go with reloads, those that stay are never closed, and a taken port refuses the reload', async () => {
    await using gateway = await Gateway.start({ yaml: reply('ok'), main: start() })
    const spare = net.createServer().listen(0, '127.0.0.1')
    await once(spare, 'listening')
    const { port } = spare.address() as net.AddressInfo
    const two = `web: { address: 127.0.0.1, port: 0 }\n  more: { address: 127.0.0.1, port: ${port} }`
    const traffic = load(gateway, 4, '/x', true)
    gateway.configure(reply('ok'), two)
    assert.match(await gateway.reload(), new RegExp(`not reloaded .*port ${port} of 127.0.0.1 is in use`))
    await new Promise((resolve) => spare.close(resolve))
    assert.match(await gateway.reload(), new RegExp(`^reloaded .*; listens on 127\\.0\\.0\\.1:${port} now\n`))
    assert.equal(await gateway.get('/x', port), '200 ok')
    gateway.configure(reply('ok'))
    assert.match(await gateway.reload(), new RegExp(`^reloaded .*; listens no longer on 127\\.0\\.0\\.1:${port}\n`))
    await eventually(async () => (await gateway.get('/x', port)) === 'ECONNREFUSED')
    assert.deepEqual((await traffic.stop()).failed, [])
  })

  test('R35 a watched file is read once it is whole, also by way of links that are swapped', async () => {
    await using gateway = await Gateway.start({
      yaml: reply('one'),
      main: { module: cli, args: (file) => ['start', '-c', join(file, '../mount/tidegate.yaml'), '--workers', '1', '--watch'] },
      prepare: ({ folder, file }) => {
        mkdirSync(join(folder, 'mount/..first'), { recursive: true })
        cpSync(file, join(folder, 'mount/..first/tidegate.yaml'))
        symlinkSync('..first', join(folder, 'mount/..data'))
        symlinkSync('..data/tidegate.yaml', join(folder, 'mount/tidegate.yaml'))
      },
    })
    assert.equal(await gateway.get('/x'), '200 one')
    // As the kubelet does it: a new folder, a new link, renamed over the old one, the old folder removed.
    const whole = readFileSync(gateway.file, 'utf8').replace('body: one', 'body: two')
    const mount = join(gateway.folder, 'mount')
    mkdirSync(join(mount, '..second'))
    writeFileSync(join(mount, '..second/tidegate.yaml'), whole)
    symlinkSync('..second', join(mount, '..tmp'))
    renameSync(join(mount, '..tmp'), join(mount, '..data'))
    rmSync(join(mount, '..first'), { recursive: true })
    await eventually(async () => (await gateway.get('/x')) === '200 two')
    // A file that is written slowly: every prefix of it would be a mistake.
    const from = gateway.log.length
    const text = whole.replace('body: two', 'body: three')
    for (let end = 0; end <= text.length; end += 40) {
      writeFileSync(join(mount, '..second/tidegate.yaml'), text.slice(0, end))
      await new Promise((resolve) => setTimeout(resolve, 30))
    }
    writeFileSync(join(mount, '..second/tidegate.yaml'), text)
    await eventually(async () => (await gateway.get('/x')) === '200 three')
    assert.ok(!gateway.log.slice(from).includes('not reloaded'), gateway.log.slice(from))
    // A bad one changes nothing and says so; mending it is seen.
    writeFileSync(join(mount, '..second/tidegate.yaml'), 'version: 1\nroutes: [')
    await gateway.said(/not reloaded \(a file changed\): \d errors? in the configuration/, from)
    assert.equal(await gateway.get('/x'), '200 three')
    writeFileSync(join(mount, '..second/tidegate.yaml'), text.replace('three', 'four'))
    await eventually(async () => (await gateway.get('/x')) === '200 four')
  })

  test('R38 SIGTERM: what has begun is answered in full, idle connections end with FIN, and the exit code is 0', async () => {
    await using up = await service()
    await using gateway = await Gateway.start({ yaml: `timeouts: { drain: 1500ms }\n${forward(up.port)}`, main: start() })
    const [busy, asking, idle] = [gateway.connect(), gateway.connect(), gateway.connect()]
    for (const client of [asking, idle]) assert.equal(await client.get('/x'), '200 served')
    const slow = busy.get('/slow/700')
    await eventually(() => up.connections() >= 1)
    await new Promise((resolve) => setTimeout(resolve, 100))
    gateway.kill('SIGTERM')
    await eventually(async () => (await gateway.get('/x')) === 'ECONNREFUSED')
    assert.equal(await asking.get('/x'), '200 served')
    assert.equal(asking.lastSaidClose, true)
    assert.equal(await slow, '200 served')
    assert.equal(busy.lastSaidClose, true)
    assert.equal(await idle.closed, 'closed')
    assert.equal((await gateway.exited).code, 0)
  })

  test('R38 a drain that a deadline or a second signal cuts short says so by its exit code', async () => {
    await using up = await service()
    await using gateway = await Gateway.start({ yaml: `timeouts: { drain: 300ms }\n${forward(up.port)}`, main: start() })
    for (let i = 0; i < 2; i++) void gateway.get('/slow/20000')
    await eventually(() => up.connections() >= 2)
    gateway.kill('SIGTERM')
    assert.equal((await gateway.exited).code, 143)
    assert.match(gateway.log, /the drain was cut short: 2 requests and streams were still open\n/)
    await using other = await Gateway.start({ yaml: forward(up.port), main: start() })
    void other.get('/slow/20000')
    await new Promise((resolve) => setTimeout(resolve, 100))
    other.kill('SIGINT')
    await new Promise((resolve) => setTimeout(resolve, 100))
    other.kill('SIGINT')
    assert.equal((await other.exited).code, 130)
  })

  test('R38 preStop goes on serving before the listeners close', async () => {
    await using gateway = await Gateway.start({ yaml: `timeouts: { preStop: 600ms, drain: 1s }\n${reply('ok')}`, main: start() })
    gateway.kill('SIGTERM')
    await new Promise((resolve) => setTimeout(resolve, 200))
    assert.equal(await gateway.get('/x'), '200 ok')
    assert.equal((await gateway.exited).code, 0)
  })

  test('R57 after a kill at any moment the port is free and the next start is ready', async () => {
    let port = 0
    for (const moment of [0, 150]) {
      const listener = `web: { address: 127.0.0.1, port: ${port} }`
      await using gateway = await Gateway.start({ yaml: reply('ok'), listener, main: start() })
      port = gateway.port
      void gateway.reload().catch(() => {})
      await new Promise((resolve) => setTimeout(resolve, moment))
      gateway.kill('SIGKILL')
      assert.equal((await gateway.exited).signal, 'SIGKILL')
    }
    await using last = await Gateway.start({ yaml: reply('ok'), listener: `web: { address: 127.0.0.1, port: ${port} }`, main: start() })
    assert.equal(await last.get('/x'), '200 ok')
  })

  test('R42 with too few descriptors accepting pauses: clients wait and are served, none is turned away, nothing spins', async () => {
    await using gateway = await Gateway.start({ yaml: reply('ok'), main: start(), files: 160 })
    const clients = Array.from({ length: 120 }, () => gateway.connect())
    const answers = clients.map((client) => client.get('/x'))
    const first = new Set<number>()
    for (const [index, answer] of answers.entries()) void answer.then(() => first.add(index))
    await new Promise((resolve) => setTimeout(resolve, 700))
    const served = first.size
    assert.ok(served >= 8 && served < 120, `${served} were served at first`)
    const ticks = cpuTicks(gateway.pid)
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    assert.ok(cpuTicks(gateway.pid) - ticks < 30, 'it spins while it waits')
    // Who has been served leaves, and makes room.
    for (const [index, answer] of answers.entries()) void answer.then(() => clients[index]?.close())
    assert.deepEqual([...new Set(await Promise.all(answers))], ['200 ok'])
  })
})

function cpuTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(' ')
  return Number(fields[13]) + Number(fields[14])
}
