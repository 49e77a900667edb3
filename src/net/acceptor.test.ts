import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { afterEach, suite, test } from 'node:test'
import { MessageChannel } from 'node:worker_threads'
import { type Acceptor, type ListenAddress, type ListenerParcel, PortAcceptor, RelayedAcceptor, type TakeSocket } from './acceptor.ts'

const loopback = (port = 0): ListenAddress => ({ address: '127.0.0.1', port })
const open: net.Socket[] = []
const acceptors: Acceptor[] = []

afterEach(async () => {
  for (const socket of open.splice(0)) socket.destroy()
  await Promise.all(acceptors.splice(0).map((acceptor) => acceptor.close()))
})

/** Says one letter and ends. */
const greet: TakeSocket = (socket) => {
  open.push(socket)
  socket.on('error', () => {})
  socket.on('data', (chunk) => socket.end(chunk)).resume()
}

/** What came back for `x`, or how it failed. */
function ask(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write('x'))
    let got = ''
    open.push(socket)
    socket.on('data', (chunk) => (got += chunk.toString()))
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
    socket.on('end', () => socket.end()).on('close', () => resolve(got))
  })
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

const track = <T extends Acceptor>(acceptor: T): T => {
  acceptors.push(acceptor)
  return acceptor
}

/** The relay as one acceptor: a front that listens, as main does, and the relayed one behind it, as in a worker. */
function relay(take: TakeSocket): Acceptor {
  const behind = new RelayedAcceptor({ take })
  const front = new PortAcceptor({ take: (socket, address) => behind.deliver(socket, address), reusePort: false })
  return {
    async open(addresses) {
      const failure = await front.open(addresses)
      if (failure === undefined) await behind.open(addresses)
      return failure
    },
    commit(addresses) {
      behind.commit(addresses)
      front.commit(addresses)
    },
    revert() {
      front.revert()
      behind.revert()
    },
    pause: () => front.pause(),
    resume: () => front.resume(),
    get addresses() {
      return behind.addresses
    },
    async close() {
      await front.close()
      await behind.close()
    },
  }
}

for (const [name, make] of [
  ['ports of its own', (take: TakeSocket) => new PortAcceptor({ take, reusePort: false })],
  ['shared ports', (take: TakeSocket) => new PortAcceptor({ take, reusePort: true })],
  ['relayed sockets', relay],
] as const)
  suite(`an acceptor with ${name}`, () => {
    const create = (take: TakeSocket = greet): Acceptor => track(make(take))

    test('serves what was committed, and what clients sent before that', async () => {
      const acceptor = create()
      const port = await freePort()
      assert.equal(await acceptor.open([loopback(port)]), undefined)
      const early = ask(port)
      assert.equal(await Promise.race([early, new Promise((resolve) => setTimeout(resolve, 30, 'waits'))]), 'waits')
      acceptor.commit([loopback(port)])
      assert.equal(await early, 'x')
      assert.equal(await ask(port), 'x')
      assert.deepEqual(acceptor.addresses, [loopback(port)])
    })

    test('hands sockets over paused, half-open, and with their address', async () => {
      const taken: [net.Socket, ListenAddress][] = []
      const acceptor = create((socket, address) => {
        taken.push([socket, address])
        greet(socket, address)
      })
      const port = await freePort()
      await acceptor.open([loopback(port)])
      acceptor.commit([loopback(port)])
      assert.equal(await ask(port), 'x')
      assert.deepEqual(taken[0]?.[1], loopback(port))
      assert.equal(taken[0]?.[0].allowHalfOpen, true)
    })

    test('revert unbinds what was opened and leaves the rest', async () => {
      const acceptor = create()
      const [kept, dropped] = [await freePort(), await freePort()]
      await acceptor.open([loopback(kept)])
      acceptor.commit([loopback(kept)])
      await acceptor.open([loopback(kept), loopback(dropped)])
      const early = ask(dropped)
      await new Promise((resolve) => setTimeout(resolve, 20))
      acceptor.revert()
      assert.notEqual(await early, 'x')
      assert.equal(await ask(dropped), 'ECONNREFUSED')
      assert.equal(await ask(kept), 'x')
    })

    test('commit closes what is no longer wanted, and never what stays', async () => {
      const acceptor = create()
      const [kept, dropped] = [await freePort(), await freePort()]
      await acceptor.open([loopback(kept), loopback(dropped)])
      acceptor.commit([loopback(kept), loopback(dropped)])
      const stop = new AbortController()
      const answers = new Set<string>()
      const load = (async () => {
        while (!stop.signal.aborted) answers.add(await ask(kept))
      })()
      for (const next of [[kept], [kept, dropped], [kept]]) {
        await acceptor.open(next.map(loopback))
        acceptor.commit(next.map(loopback))
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      stop.abort()
      await load
      assert.deepEqual([...answers], ['x'])
      // A listener goes in a quiet moment: for a while it may still answer.
      const limit = performance.now() + 5_000
      while ((await ask(dropped)) === 'x' && performance.now() < limit);
      assert.equal(await ask(dropped), 'ECONNREFUSED')
    })

    test('while paused clients wait in the queue, and are served afterwards', async () => {
      const acceptor = create()
      const port = await freePort()
      await acceptor.open([loopback(port)])
      acceptor.commit([loopback(port)])
      assert.equal(await ask(port), 'x')
      acceptor.pause()
      const waiting = [ask(port), ask(port), ask(port)]
      assert.equal(await Promise.race([...waiting, new Promise((resolve) => setTimeout(resolve, 50, 'waits'))]), 'waits')
      acceptor.resume()
      assert.deepEqual(await Promise.all(waiting), ['x', 'x', 'x'])
    })

    test('closing serves what was in the queue', async () => {
      const acceptor = create()
      const port = await freePort()
      await acceptor.open([loopback(port)])
      acceptor.commit([loopback(port)])
      acceptor.pause()
      const waiting = Array.from({ length: 100 }, () => ask(port))
      await new Promise((resolve) => setTimeout(resolve, 50))
      acceptor.resume()
      await acceptor.close()
      assert.deepEqual([...new Set(await Promise.all(waiting))], ['x'])
      assert.equal(await ask(port), 'ECONNREFUSED')
    })

    test('an address that is taken is named, and nothing of that call stays bound', async () => {
      const acceptor = create()
      const [free, taken] = [await freePort(), await freePort()]
      const holder = net.createServer().listen(taken, '127.0.0.1')
      await once(holder, 'listening')
      assert.deepEqual(await acceptor.open([loopback(free), loopback(taken)]), { ...loopback(taken), code: 'EADDRINUSE' })
      assert.equal(await ask(free), 'ECONNREFUSED')
      await new Promise((resolve) => holder.close(resolve))
    })
  })

test('listeners move to a successor without losing a connection', async () => {
  const served: [number, number] = [0, 0]
  const make = (index: 0 | 1): PortAcceptor =>
    track(
      new PortAcceptor({
        take: (socket, address) => {
          served[index]++
          greet(socket, address)
        },
        reusePort: true,
      }),
    )
  const [old, heir] = [make(0), make(1)]
  const port = await freePort()
  await old.open([loopback(port)])
  old.commit([loopback(port)])
  const answers: Promise<string>[] = []
  for (let i = 0; i < 20; i++) answers.push(ask(port))
  await new Promise((resolve) => setTimeout(resolve, 5))
  const { port1, port2 } = new MessageChannel()
  const adopted = new Promise<void>((resolve) =>
    port2.on('message', (parcel: ListenerParcel | undefined) => {
      if (parcel !== undefined) return heir.adopt(parcel)
      port2.close()
      resolve()
    }),
  )
  old.handOver(port1)
  for (let i = 0; i < 20; i++) answers.push(ask(port))
  await adopted
  assert.deepEqual([...new Set(await Promise.all(answers))], ['x'])
  assert.deepEqual(old.addresses, [])
  assert.deepEqual(heir.addresses, [loopback(port)])
  assert.equal(served[0] + served[1], 40)
  assert.ok(served[1] >= 20)
})
