import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { ManualClock, systemClock } from '../base/clock.ts'
import { loadConfig } from '../config/load/load.ts'
import type { Plan } from '../config/plan.ts'
import { createRegistry } from '../pipeline/registry.ts'
import type { Diagnosis } from './diagnosis.ts'
import { diagnose } from './doctor.ts'

let folder = ''
const server = net.createServer((socket) => socket.destroy())
let port = 0
let asked = 0
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-doctor-'))
  server.on('connection', (socket) => socket.on('data', () => asked++))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as net.AddressInfo).port
})
after(() => {
  server.close()
  rmSync(folder, { recursive: true })
})

async function planOf(yaml: string): Promise<Plan> {
  const text = `version: 1\nlisteners: { web: { address: 127.0.0.1, port: 0 } }\nadmin: { port: 0 }\n${yaml}routes:\n  a: { match: /a, reply: { body: a } }\n`
  const { plan, findings } = await loadConfig({
    files: ['-'],
    stdin: text,
    cwd: folder,
    env: {},
    overrides: [],
    registry: createRegistry([]),
  })
  assert.ok(plan !== undefined, JSON.stringify(findings))
  return plan
}

const about = (found: readonly Diagnosis[], what: RegExp): Diagnosis => {
  const one = found.find((each) => what.test(each.what))
  assert.ok(one !== undefined, JSON.stringify(found))
  return one
}

test('endpoints are connected to and nothing is sent; what refuses, has no name or answers nobody is told with what to do', async () => {
  const closed = net.createServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const refused = (closed.address() as net.AddressInfo).port
  await new Promise((resolve) => closed.close(resolve))
  const plan = await planOf(`services:
  good: { endpoints: ["http://localhost:${port}"] }
  bad: { endpoints: ["http://127.0.0.1:${refused}", "http://nowhere.test"] }
`)
  const lookUp = {
    find: (host: string) =>
      Promise.resolve(
        host === 'localhost'
          ? { ok: true as const, addresses: ['127.0.0.1'], ttl: 1 }
          : { ok: false as const, reason: 'there is no such name' },
      ),
    end() {},
  }
  const found = await diagnose(plan, { clock: systemClock, lookUp })
  assert.equal(about(found, /localhost/).state, 'ok')
  assert.match(about(found, /localhost/).found, /takes connections \(\d+ ms\)/)
  assert.deepEqual(
    [about(found, new RegExp(`${refused}`)).state, about(found, new RegExp(`${refused}`)).found],
    ['fail', 'refuses connections'],
  )
  assert.match(about(found, /nowhere/).found, /the name is not found: there is no such name/)
  assert.notEqual(about(found, /nowhere/).remedy, '')
  assert.equal(asked, 0)
})

test('a port that is taken fails, but for that of a gateway that runs', async () => {
  const plan = await planOf('')
  const taken = { ...plan, listeners: plan.listeners.map((listener) => ({ ...listener, port })) }
  assert.match(about(await diagnose(taken, { clock: systemClock }), /^listener web/).found, /already in use|in use/)
  mkdirSync(plan.state, { mode: 0o700 })
  writeFileSync(join(plan.state, 'admin.json'), JSON.stringify({ pid: process.pid, url: 'http://127.0.0.1:1' }))
  const running = about(await diagnose(taken, { clock: systemClock }), /^listener web/)
  assert.deepEqual([running.state, running.found], ['ok', `is taken, as it should be by the running gateway (process ${process.pid})`])
})

test('folders: the state folder is its owner’s alone, what is missing is made, what cannot be is a failure', async () => {
  const plan = await planOf('telemetry: { logs: { sinks: [{ type: file, path: logs/access.log }] } }\n')
  assert.equal(about(await diagnose(plan, { clock: systemClock }), /^state folder/).state, 'ok')
  assert.match(about(await diagnose(plan, { clock: systemClock }), /^access log/).found, /is made when it is needed/)
  chmodSync(plan.state, 0o755)
  assert.equal(about(await diagnose(plan, { clock: systemClock }), /^state folder/).state, 'warn')
  chmodSync(plan.state, 0o777)
  assert.deepEqual([about(await diagnose(plan, { clock: systemClock }), /^state folder/).state], ['fail'])
  writeFileSync(join(folder, 'file'), '')
  const elsewhere = about(await diagnose({ ...plan, state: join(folder, 'file/state') }, { clock: systemClock }), /^state folder/)
  assert.deepEqual([elsewhere.state, elsewhere.found], ['fail', `${join(folder, 'file')} is a file, so nothing can lie in it`])
})

test('a port that another process holds names it; only for an admin API that nobody asked for that is a warning', async () => {
  const plan = { ...(await planOf('')), state: join(folder, 'nobody') }
  const ours = plan.listeners.map((listener) => ({ ...listener, port }))
  const { admin } = plan
  const found = await diagnose({ ...plan, listeners: ours, admin: { ...admin, port, stated: false } }, { clock: systemClock })
  const holder = process.platform === 'linux' ? new RegExp(`^is in use by .+ \\(process ${process.pid}\\)$`) : /in use/
  assert.equal(about(found, /^listener web/).state, 'fail')
  assert.match(about(found, /^listener web/).found, holder)
  assert.equal(about(found, /^admin API/).state, 'warn')
  assert.equal(about(await diagnose({ ...plan, admin: { ...admin, port } }, { clock: systemClock }), /^admin API/).state, 'fail')
})

test('proxies that can connect to no listener are told, those that can are not', async () => {
  const plan = await planOf('')
  const told = async (trusted: string[], address: string): Promise<string> => {
    const listeners = plan.listeners.map((listener) => ({ ...listener, address }))
    const client = { from: 'x-forwarded-for' as const, trusted }
    return about(await diagnose({ ...plan, listeners, client }, { clock: systemClock }), /^client/).found
  }
  assert.match(await told(['10.0.0.0/8', '127.0.0.1/32'], '127.0.0.1'), /^10\.0\.0\.0\/8 under .* can connect to none of the listeners/)
  assert.match(await told(['fd00::/8'], '0.0.0.0'), /^fd00::\/8 under/)
  assert.match(await told(['127.0.0.0/8'], '127.0.0.1'), /^believed from/)
  assert.match(await told(['0.0.0.0/0'], '127.0.0.1'), /^believed from/)
  assert.match(await told(['10.0.0.0/8', 'fd00::/8'], ''), /^believed from/)
})

test(
  'A80 a configuration file that others may write is told',
  { skip: process.geteuid === undefined ? 'no users here' : false },
  async () => {
    const file = join(folder, 'open.yaml')
    writeFileSync(file, '')
    const plan = { ...(await planOf('')), files: [file] }
    chmodSync(file, 0o600)
    assert.equal(about(await diagnose(plan, { clock: systemClock }), /^configuration file/).state, 'ok')
    chmodSync(file, 0o666)
    const open = about(await diagnose(plan, { clock: systemClock }), /^configuration file .*open\.yaml$/)
    assert.equal(open.state, 'warn')
    assert.match(open.found, /may be written by everybody/)
  },
)

test('a name server that never answers, and a time that is over, end the look', async () => {
  const plan = await planOf(`services:
  a: { endpoints: ["http://silent.test"] }
`)
  const lookUp = { find: () => new Promise<never>(() => {}), end() {} }
  const found = about(await diagnose(plan, { clock: systemClock, lookUp, patience: 20 }), /silent/)
  assert.deepEqual([found.state, found.found], ['fail', 'the name server did not answer in time'])
})

test('the machine: workers that the memory does not hold, and a clock that is moved meanwhile', async () => {
  const plan = { ...(await planOf('')), workers: 4 }
  const small = about(await diagnose(plan, { clock: systemClock, memory: 128 * 1024 * 1024 }), /^workers/)
  assert.equal(small.state, 'warn')
  assert.match(small.remedy, /fewer `workers`/)
  let wall = Date.UTC(2026, 5, 1)
  const moved = { now: () => 1, wall: () => (wall += 60_000), wallAt: () => wall }
  assert.match(about(await diagnose(plan, { clock: moved }), /^clock/).found, /moved by \d+ ms/)
})

test('the machine: a clock that was never set, and more workers than cores', async () => {
  const plan = await planOf('')
  const clock = new ManualClock()
  assert.equal(about(await diagnose(plan, { clock }), /^clock/).state, 'fail')
  assert.equal(about(await diagnose({ ...plan, workers: 256 }, { clock: systemClock }), /^workers/).state, 'warn')
  assert.equal(about(await diagnose(plan, { clock: systemClock }), /^descriptors/).state, 'ok')
})
