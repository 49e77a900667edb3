// Large bodies between a sender that offers all it has and a receiver that is slow: the gateway holds a constant.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Gateway } from '../harness/gateway.ts'
import { Receiver, Transfer } from '../soak/slow-peers.ts'
import { between, directions, framings, offer, READ, WIRE } from './slow-transfers-stage.ts'

const KIB = 1_024
const MIB = 1_048_576

describe('R14 a slow receiver of a large body', () => {
  for (const direction of directions)
    for (const framing of framings)
      test(`has the sender of the ${direction} paused at a constant, whatever the length (${framing}), and gets every byte`, async () => {
        const held: number[] = []
        for (const size of [4 * MIB, 16 * MIB])
          await between(direction, framing, size, async ({ stage, sender, receiver, arrived }) => {
            const written = offer(sender, framing, size)
            await stage.settle()
            assert.equal(arrived(), 0)
            held.push(written - sender.wire.unsent)
            receiver.resume()
            await stage.settle()
            assert.equal(arrived(), size)
          })
        assert.equal(held[0], held[1])
        // A full wire on either side, a read on top of the mark, and one more that was under way.
        assert.ok((held[0] as number) < 2 * WIRE + 4 * READ, `the gateway took ${held[0]} bytes`)
      })
})

test('R14 uploads to a service that does not read leave nothing in the memory of the gateway', async () => {
  const length = 256 * MIB
  const transfers: Transfer[] = []
  const [clients, receivers]: [net.Socket[], Receiver[]] = [[], []]
  const service = net.createServer({ pauseOnConnect: true }, (socket) => {
    const receiver = new Receiver(socket, KIB, { head: () => {}, body: () => {} })
    receiver.socket.on('error', () => {})
    receivers.push(receiver)
  })
  await once(service.listen(0, '127.0.0.1'), 'listening')
  {
    await using gateway = await new Gateway({ endpoints: [(service.address() as net.AddressInfo).port] }).listen()
    const before = process.memoryUsage().arrayBuffers
    for (let i = 0; i < 4; i++) {
      const socket = net.connect(gateway.port, '127.0.0.1')
      const transfer = new Transfer(i)
      socket.on('error', () => {})
      socket.write(`PUT /${i} HTTP/1.1\r\nHost: gw.test\r\nContent-Length: ${length}\r\n\r\n`)
      transfer.offer(socket, length)
      clients.push(socket)
      transfers.push(transfer)
    }
    const sent = (): number => transfers.reduce((sum, transfer) => sum + transfer.sent, 0)
    for (let last = -1; last !== sent() || last === 0; await pause(150)) last = sent()
    assert.ok(sent() < 4 * length, 'kernels took everything: there was nothing to pause')
    const grown = process.memoryUsage().arrayBuffers - before
    assert.ok(grown < 4 * MIB, `${grown} bytes of buffers, ${sent()} sent`)
    for (const socket of [...clients, ...receivers.map((receiver) => receiver.socket)]) socket.destroy()
  }
  await new Promise((resolve) => service.close(resolve))
})
