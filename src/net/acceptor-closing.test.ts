import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import net from 'node:net'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { closeListening, type Visits } from './acceptor-closing.ts'
import { shutGate } from './acceptor-gate.ts'
import { PortAcceptor } from './acceptor.ts'

/** Where handshakes can be kept away: asked of the version, since asking for node:ffi makes Node warn. */
const gated = process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch) && Number.parseInt(process.versions.node) >= 26

async function listen(): Promise<{ server: net.Server; port: number; visits: Visits }> {
  const visits = { accepted: 0, remote: false }
  const server = net.createServer((socket) => {
    visits.accepted++
    socket.on('error', () => {}).pipe(socket)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return { server, port: (server.address() as net.AddressInfo).port, visits }
}

/** What came back for `x`, or how it failed. */
function ask(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write('x'))
    socket.on('data', (chunk) => {
      resolve(chunk.toString())
      socket.destroy()
    })
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
    socket.on('close', () => resolve('closed'))
  })
}

/** A client in a thread of its own: connects when it is told to, says in `flags` that it has, and tells how a request fared. */
const knocker = `
  const { parentPort, workerData: { port, flags } } = require('node:worker_threads')
  parentPort.once('message', () => {
    let established = false
    const socket = require('node:net').connect(port, '127.0.0.1', () => {
      established = true
      Atomics.store(flags, 0, 1)
      Atomics.notify(flags, 0)
      socket.write('x')
    })
    socket.on('data', () => tell('served'))
    socket.on('error', (error) => tell(established ? 'failed: ' + error.code : 'never connected'))
    parentPort.once('message', () => tell(established ? 'failed: no answer' : 'never connected'))
    const tell = (outcome) => { parentPort.postMessage(outcome); parentPort.close(); socket.destroy() }
  })`

test('a client that comes in the instant before the close is not let in to be reset', { skip: !gated }, async () => {
  const { server, port, visits } = await listen()
  const flags = new Int32Array(new SharedArrayBuffer(4))
  const client = new Worker(knocker, { eval: true, workerData: { port, flags } })
  await once(client, 'online')
  const close = server.close.bind(server)
  server.close = () => {
    // The last look has been had. This thread stands still, as the scheduler may make it, until the client has connected, if it can.
    client.postMessage('knock')
    Atomics.wait(flags, 0, 0, 300)
    return close()
  }
  await closeListening([server], visits)
  setTimeout(() => client.postMessage('enough'), 100)
  const [outcome] = await once(client, 'message')
  assert.equal(outcome, 'never connected')
  await once(client, 'exit')
})

for (const [name, gate] of [
  ['with its gate shut', shutGate],
  ['without a gate', () => false],
] as const)
  test(`a listener closes ${name}, serves who has connected, and refuses who comes later`, async () => {
    const { server, port, visits } = await listen()
    const asked = Array.from({ length: 50 }, () => net.connect(port, '127.0.0.1'))
    const answers = asked.map(async (socket) => {
      await once(socket, 'connect')
      socket.write('x')
      const [chunk] = (await once(socket, 'data')) as [Buffer]
      socket.destroy()
      return chunk.toString()
    })
    await once(asked[0] as net.Socket, 'connect')
    await closeListening([server], visits, gate)
    assert.deepEqual([...new Set(await Promise.all(answers))], ['x'])
    assert.equal(await ask(port), 'ECONNREFUSED')
  })

test('an address that is still closing is opened again, once it is closed', async () => {
  const acceptor = new PortAcceptor({ take: (socket) => void socket.on('error', () => {}).pipe(socket), reusePort: false })
  const { server, port } = await listen()
  await promisify(server.close.bind(server))()
  const address = { address: '127.0.0.1', port }
  assert.equal(await acceptor.open([address]), undefined)
  acceptor.commit([address])
  acceptor.commit([])
  assert.equal(await acceptor.open([address]), undefined)
  acceptor.commit([address])
  assert.equal(await ask(port), 'x')
  await acceptor.close()
})

test('a listener that has been parked queues as many clients as before', { skip: process.platform !== 'linux' }, async () => {
  const acceptor = new PortAcceptor({ take: (socket) => void socket.on('error', () => {}).destroy(), reusePort: false })
  const { server, port } = await listen()
  await promisify(server.close.bind(server))()
  await acceptor.open([{ address: '127.0.0.1', port }])
  acceptor.commit([{ address: '127.0.0.1', port }])
  acceptor.pause()
  acceptor.resume()
  acceptor.pause()
  const clients = Array.from({ length: 700 }, () => net.connect(port, '127.0.0.1').on('error', () => {}))
  // Whom the queue has no room for asks again after a second.
  const all = Promise.all(clients.map((client) => once(client, 'connect'))).then(() => 'connected')
  const outcome = await Promise.race([all, new Promise((resolve) => setTimeout(resolve, 900, 'some wait').unref())])
  for (const client of clients) client.destroy()
  acceptor.resume()
  await acceptor.close()
  assert.equal(outcome, 'connected')
})

test('closing says nothing of how it is done', async () => {
  const code = `
    import { PortAcceptor } from ${JSON.stringify(new URL('acceptor.ts', import.meta.url).href)}
    const acceptor = new PortAcceptor({ take: () => {}, reusePort: false })
    await acceptor.open([{ address: '127.0.0.1', port: 0 }])
    await acceptor.close()`
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code])
  assert.equal(stdout + stderr, '')
})
