// Workers of a real process that die, hang and are replaced. The data plane is a stand-in that misbehaves when asked to.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Gateway, load } from './gateway.ts'

for (const accept of ['ports', 'relay'] as const)
  suite(`with ${accept === 'ports' ? 'shared ports' : 'relayed sockets'}`, { concurrency: true }, () => {
    const env = { ACCEPT: accept }

    test('R39 a worker that ends itself is back within a second, and the others notice nothing', async () => {
      await using gateway = await Gateway.start({ env })
      const clients = await onEachWorker(gateway)
      const [victim, survivor] = clients
      assert.ok(victim !== undefined && survivor !== undefined)
      assert.notEqual((await victim.get('/exit')).slice(0, 3), '200')
      const lostAt = performance.now()
      assert.match(await survivor.get(), /^200 /)
      while (new Set(await Promise.all(Array.from({ length: 16 }, () => gateway.get()))).size < 2)
        assert.ok(performance.now() - lostAt < 1_000)
      assert.match(await gateway.said(/worker \d was lost.*\n/), /in route exit: its thread ended with code 7/)
      survivor.close()
    })

    test('R40 an error that escapes replaces the worker without losing a request', async () => {
      await using gateway = await Gateway.start({ env })
      const traffic = load(gateway, 8)
      for (let i = 0; i < 3; i++) {
        const from = gateway.log.length
        assert.match(await gateway.get('/throw'), /^200 /)
        await gateway.said(/let an error escape[\s\S]*escaped[\s\S]*it has drained/, from)
      }
      const { answered, failed } = await traffic.stop()
      assert.deepEqual(failed, [])
      assert.ok(answered > 100)
    })

    test('planned replacements lose nothing', async () => {
      await using gateway = await Gateway.start({ env })
      const traffic = [load(gateway, 4), load(gateway, 8, '/ok', true)]
      for (let i = 0; i < 4; i++) {
        const from = gateway.log.length
        gateway.kill('SIGWINCH')
        await gateway.said(/replaced \d/, from)
      }
      for (const { answered, failed } of await Promise.all(traffic.map((one) => one.stop()))) {
        assert.deepEqual(failed, [])
        assert.ok(answered > 100)
      }
    })

    test('R42 with too few descriptors clients wait and are served, and none is turned away', async () => {
      await using gateway = await Gateway.start({ env, files: 160 })
      const clients = Array.from({ length: 150 }, () => gateway.connect())
      let served = 0
      const answers = clients.map(async (client) => {
        const answer = await client.get()
        served++
        return answer.slice(0, 3)
      })
      await new Promise((resolve) => setTimeout(resolve, 500))
      assert.ok(served < 150)
      for (const [index, client] of clients.entries()) void answers[index]?.then(() => client.close())
      assert.deepEqual([...new Set(await Promise.all(answers))], ['200'])
    })
  })

test('R53 workers that die while configurations change come up on the one that is agreed', async () => {
  await using gateway = await Gateway.start()
  for (let i = 0; i < 6; i++) {
    gateway.configure(`routes: { all: { match: "/{rest...}", reply: { status: 200, body: "${i}" } } }\n`)
    const reloaded = gateway.reload()
    await new Promise((resolve) => setTimeout(resolve, i * 40))
    void gateway.get('/exit')
    const outcome = await reloaded
    for (const client of await onEachWorker(gateway)) client.close()
    const versions = new Set<string | undefined>()
    for (let j = 0; j < 12; j++) versions.add((await gateway.get()).split(' ')[1])
    assert.equal(versions.size, 1, `${outcome}: ${[...versions].join(' ')}`)
    assert.match(outcome, /^reloaded/)
  }
})

test('R41 R39 a loop that never returns is reported with its stack and replaced; its route is refused the second time', async () => {
  await using gateway = await Gateway.start({ env: { HANG: '2000' } })
  const traffic = load(gateway, 2, '/slow/5', true)
  for (let i = 0; i < 2; i++) {
    // Not before the successor listens: until then the dying thread's queue may still get the connection.
    for (const client of await onEachWorker(gateway)) client.close()
    const from = gateway.log.length
    void gateway.get('/block')
    const report = await gateway.said(/blocked for more than a second in route block\n[\s\S]*?serve[\s\S]*?\n/, from)
    assert.match(report, /stand-in-core\.ts:\d+:\d+/)
    await gateway.said(/is ended: its event loop does not return/, from)
  }
  assert.match(await gateway.said(/requests of block ended a worker twice; .*\n/), /503/)
  for (let answer = ''; !answer.startsWith('503 '); answer = await gateway.get('/block'))
    await new Promise((resolve) => setTimeout(resolve, 20))
  await traffic.stop()
})

test('R39 a worker that reaches its heap limit is replaced, and the others go on', { timeout: 60_000 }, async () => {
  await using gateway = await Gateway.start({
    yaml: 'limits: { memory: 1% }\nroutes: { all: { match: "/{rest...}", reply: { status: 200, body: ok } } }\n',
  })
  const [victim, survivor] = await onEachWorker(gateway)
  const lost = victim?.get('/heap')
  await gateway.said(/was lost in route heap: it reached its heap limit of \d+ MiB/)
  assert.match((await survivor?.get()) ?? '', /^200 /)
  assert.notEqual((await lost)?.slice(0, 3), '200')
  survivor?.close()
})

/** One keep-alive client on each of the two workers. */
async function onEachWorker(gateway: Gateway): Promise<ReturnType<Gateway['connect']>[]> {
  const bySlot = new Map<string, ReturnType<Gateway['connect']>>()
  for (const end = performance.now() + 10_000; bySlot.size < 2 && performance.now() < end;) {
    const client = gateway.connect()
    const slot = (await client.get()).split(' ')[2]
    if (slot === undefined || bySlot.has(slot)) client.close()
    else bySlot.set(slot, client)
  }
  return [...bySlot.values()]
}
