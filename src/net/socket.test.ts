// Real sockets that share the thread's read buffer: what one connection has not written yet is out of reach of the others' reads.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { adoptSocket, connectSocket } from './socket.ts'
import type { SocketWire } from './socket.ts'
import type { WireHandler } from './wire.ts'

const idle: WireHandler = { onConnect() {}, onData() {}, onDrain() {}, onEnd() {}, onClose() {} }
const MIXED = 'what waited holds the bytes of another connection'

/** `a` and `b` send to us, and what comes of `a` is handed to `pass`, which writes it to a reader that does not read yet. */
async function stage(pass: (to: SocketWire, chunk: Buffer) => void): Promise<{
  a: net.Socket
  b: net.Socket
  out: SocketWire
  reader: net.Socket
  close: () => Promise<void>
}> {
  const served: SocketWire[] = []
  const sink = net.createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1')
  const server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true }).listen(0, '127.0.0.1')
  await Promise.all([once(sink, 'listening'), once(server, 'listening')])
  const connected = Promise.withResolvers<void>()
  const out = connectSocket('127.0.0.1', (sink.address() as AddressInfo).port, { ...idle, onConnect: () => connected.resolve() })
  const [[reader]] = (await Promise.all([once(sink, 'connection'), connected.promise])) as [[net.Socket], void]
  const open = async (handler: WireHandler): Promise<net.Socket> => {
    const socket = net.connect((server.address() as AddressInfo).port, '127.0.0.1')
    const [[donor]] = (await Promise.all([once(server, 'connection'), once(socket, 'connect')])) as [[net.Socket], unknown]
    served.push(adoptSocket(donor, handler))
    return socket
  }
  const a = await open({ ...idle, onData: (chunk) => pass(out, chunk) })
  const b = await open(idle)
  return {
    a,
    b,
    out,
    reader,
    close: async () => {
      for (const one of [a, b, reader, ...served, out]) one.destroy()
      await Promise.all([sink, server].map((one) => new Promise((done) => one.close(done))))
    },
  }
}

const ways: readonly [string, (to: SocketWire, chunk: Buffer) => void][] = [
  ['a chunk', (to, chunk) => void to.writeChunk(chunk)],
  ['a framed chunk', (to, chunk) => void to.writeFramed('', chunk, '\r\n')],
]

for (const [name, pass] of ways) {
  test(`${name} that waits for a slow reader keeps its bytes while other connections are read`, { timeout: 20_000 }, async () => {
    const { a, b, out, reader, close } = await stage(pass)
    try {
      // b has read before, so that whatever it reads into was chosen then.
      b.write('hello')
      let sent = 0
      while (out.unsent < 200_000) {
        assert.ok(sent < 64 * 1024 * 1024, 'the reader never became slow')
        a.write(Buffer.alloc(50_000, 0x41))
        sent += 50_000
        await delay(1)
      }
      for (let i = 0; i < 20; i++) {
        b.write(Buffer.alloc(60_000, 0x42))
        await delay(1)
      }
      const got: Uint8Array[] = []
      let length = 0
      for await (const chunk of reader as AsyncIterable<Buffer>) {
        const bytes = chunk.filter((byte) => byte >= 0x41)
        got.push(bytes)
        length += bytes.length
        if (length >= sent) break
      }
      assert.equal(length, sent)
      assert.equal(Buffer.concat(got).indexOf(0x42), -1, MIXED)
    } finally {
      await close()
    }
  })
}
