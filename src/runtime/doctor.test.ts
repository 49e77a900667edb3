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
import { type Diagnosis, diagnose } from './doctor.ts'

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
  const found = await diagnose(plan, systemClock, lookUp)
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
  assert.match(about(await diagnose(taken, systemClock), /^listener web/).found, /already in use|in use/)
  mkdirSync(plan.state, { mode: 0o700 })
  writeFileSync(join(plan.state, 'admin.json'), JSON.stringify({ pid: process.pid, url: 'http://127.0.0.1:1' }))
  const running = about(await diagnose(taken, systemClock), /^listener web/)
  assert.deepEqual([running.state, running.found], ['ok', `is taken, as it should be by the running gateway (process ${process.pid})`])
})

test('folders: the state folder is its owner’s alone, what is missing is made, what cannot be is a failure', async () => {
  const plan = await planOf('telemetry: { logs: { sinks: [{ type: file, path: logs/access.log }] } }\n')
  assert.equal(about(await diagnose(plan, systemClock), /^state folder/).state, 'ok')
  assert.match(about(await diagnose(plan, systemClock), /^access log/).found, /is made when it is needed/)
  chmodSync(plan.state, 0o755)
  assert.equal(about(await diagnose(plan, systemClock), /^state folder/).state, 'warn')
  chmodSync(plan.state, 0o777)
  assert.deepEqual([about(await diagnose(plan, systemClock), /^state folder/).state], ['fail'])
  writeFileSync(join(folder, 'file'), '')
  const elsewhere = about(await diagnose({ ...plan, state: join(folder, 'file/state') }, systemClock), /^state folder/)
  assert.deepEqual([elsewhere.state, elsewhere.found], ['fail', `${join(folder, 'file')} is a file, so nothing can lie in it`])
})

test('the machine: a clock that was never set, and more workers than cores', async () => {
  const plan = await planOf('')
  const clock = new ManualClock()
  assert.equal(about(await diagnose(plan, clock), /^clock/).state, 'fail')
  assert.equal(about(await diagnose({ ...plan, workers: 256 }, systemClock), /^workers/).state, 'warn')
  assert.equal(about(await diagnose(plan, systemClock), /^descriptors/).state, 'ok')
})
