import assert from 'node:assert/strict'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Client, Gateway } from './gateway.ts'

const main = {
  module: fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url)),
  args: (file: string): string[] => ['start', '-c', file, '--workers', '2'],
}
const quiet = 'telemetry: { logs: { sinks: [] } }\n'
const oneRoute = `${quiet}routes: { all: { match: "/{rest...}", reply: { status: 200, body: ok } } }\n`

/** Connections that are kept open: what each one's first request got, `waiting` when nothing within 300 ms, and what it gets in the end. */
async function open(gateway: Gateway, count: number): Promise<{ clients: Client[]; answers: string[]; ends: Promise<string>[] }> {
  const clients = Array.from({ length: count }, () => gateway.connect())
  const ends = clients.map((client) => client.get())
  const answers = await Promise.all(ends.map((end) => Promise.race([end, setTimeout(300, 'waiting')])))
  return { clients, answers, ends }
}

const count = (answers: readonly string[], answer: string): number => answers.filter((one) => one === answer).length

const sumOf = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].reduce((sum, [, digits]) => sum + Number(digits), 0)

test('`limits.connectionsPerClient` holds over all workers, and connections that end make room', async () => {
  await using gateway = await Gateway.start({ main, yaml: `limits: { connectionsPerClient: 6 }\n${oneRoute}` })
  // The kernel spreads them over two workers. One after the other: two that come at once for the last place may both lose it.
  const clients: Client[] = []
  const answers: string[] = []
  for (let i = 0; i < 12; i++) {
    const client = gateway.connect()
    clients.push(client)
    answers.push(await client.get())
  }
  assert.deepEqual([count(answers, '200 ok'), answers.slice(0, 6).every((answer) => answer === '200 ok')], [6, true])
  for (const [i, client] of clients.entries()) if (answers[i] === '200 ok') client.close()
  await setTimeout(100)
  const again = gateway.connect()
  assert.equal(await again.get(), '200 ok')
  again.close()
  // What was refused is told by each worker that refused some, in one line.
  const told =
    /(\d+) connections? (?:was|were) closed unserved: .* `limits\.connectionsPerClient` allows; the last came from 127\.0\.0\.1\n/g
  for (let i = 0; i < 150 && sumOf(gateway.log, told) < 6; i++) await setTimeout(20)
  assert.equal(sumOf(gateway.log, told), 6)
})

test('peers that are trusted are not clients of `limits.connectionsPerClient`: behind them are many', async () => {
  const yaml = `limits: { connectionsPerClient: 2 }\nclient: { from: x-forwarded-for, trusted: [127.0.0.1/32] }\n${oneRoute}`
  await using gateway = await Gateway.start({ main, yaml })
  const { clients, answers } = await open(gateway, 8)
  assert.equal(count(answers, '200 ok'), 8)
  for (const client of clients) client.close()
})

test('`limits.connections` holds over all workers: further clients wait until others have gone', async () => {
  await using gateway = await Gateway.start({ main, yaml: `limits: { connections: 8 }\n${oneRoute}` })
  const { clients, answers } = await open(gateway, 8)
  assert.equal(count(answers, '200 ok'), 8)
  const late = await open(gateway, 4)
  // Each worker may have taken one before it heard of the others'.
  assert.ok(count(late.answers, 'waiting') >= 2, late.answers.join(' '))
  assert.equal(count(late.answers, 'waiting') + count(late.answers, '200 ok'), 4)
  for (const client of clients) client.close()
  assert.equal(count(await Promise.all(late.ends), '200 ok'), 4)
  for (const client of late.clients) client.close()
})

test('R42 at `limits.connections` idle connections are given up for clients that wait', async () => {
  await using gateway = await Gateway.start({ main, yaml: `limits: { connections: 8 }\n${oneRoute}` })
  const { clients } = await open(gateway, 8)
  const late = gateway.connect()
  const began = performance.now()
  assert.equal(await late.get(), '200 ok')
  assert.ok(performance.now() - began < 10_000, 'long before `timeouts.keepAlive`')
  for (const client of [...clients, late]) client.close()
})

test('`concurrency` holds over all workers, and whoever waits in one is served when another has made room', async () => {
  let now = 0
  let most = 0
  const held = new Set<http.ServerResponse>()
  const service = http.createServer((request, response) => {
    most = Math.max(most, ++now)
    response.on('close', () => now--)
    if (request.url === '/hold') held.add(response)
    else void setTimeout(20).then(() => response.end('done'))
  })
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
  const { port } = service.address() as AddressInfo
  const stand = {
    yaml: `${quiet}services: { slow: { endpoints: ["http://127.0.0.1:${port}"], concurrency: { max: 4, pending: 100 } } }\nroutes: { all: { match: "/{rest...}", service: slow } }\n`,
    main,
  }
  {
    await using gateway = await Gateway.start(stand)
    const clients = Array.from({ length: 24 }, () => gateway.connect())
    const answers = await Promise.all(clients.map((client) => client.get('/quick')))
    assert.equal(count(answers, '200 done'), 24)
    assert.equal(most, 4)
    // As many as there may be are held; the next waits.
    for (const client of clients.slice(0, 4)) void client.get('/hold')
    while (held.size < 4) await setTimeout(5)
    const next = gateway.connect()
    const answer = next.get('/quick')
    assert.equal(await Promise.race([answer, setTimeout(200, 'waiting')]), 'waiting')
    for (const response of held) response.end('done')
    assert.equal(await answer, '200 done')
    assert.equal(most, 4)
    for (const client of [next, ...clients]) client.close()
  }
  service.closeAllConnections()
  await new Promise((resolve) => service.close(resolve))
})
