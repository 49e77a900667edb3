// Real sockets that share the thread's read buffer, and whose texts go past the stream where Node allows it: bytes stay whole, in order and
// their connection's own, whether the kernel takes them or not, with and without that way.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { adoptSocket, connectSocket } from './socket.ts'
import type { SocketWire } from './socket.ts'
import { mayUseHandles, useHandles } from './stream-handle.ts'
import type { WireHandler } from './wire.ts'

const idle: WireHandler = { onConnect() {}, onData() {}, onDrain() {}, onEnd() {}, onClose() {} }
const MIXED = 'what waited holds the bytes of another connection'

interface Stage {
  /** Our end of a connection to a reader that does not read yet. */
  out: SocketWire
  reader: net.Socket
  /** A connection to us: the client's end, and ours. */
  readonly open: (handler: WireHandler) => Promise<[client: net.Socket, ours: SocketWire]>
}

async function on(run: (stage: Stage) => Promise<void>, handler: Partial<WireHandler> = {}): Promise<void> {
  const ends: { destroy(): void }[] = []
  const sink = net.createServer({ pauseOnConnect: true, allowHalfOpen: true }).listen(0, '127.0.0.1')
  const server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true }).listen(0, '127.0.0.1')
  try {
    await Promise.all([once(sink, 'listening'), once(server, 'listening')])
    const connected = Promise.withResolvers<void>()
    const onConnect = (): void => connected.resolve()
    const out = connectSocket('127.0.0.1', (sink.address() as AddressInfo).port, { ...idle, ...handler, onConnect })
    const [[reader]] = (await Promise.all([once(sink, 'connection'), connected.promise])) as [[net.Socket], void]
    ends.push(out, reader)
    const open: Stage['open'] = async (served) => {
      const socket = net.connect((server.address() as AddressInfo).port, '127.0.0.1')
      const [[donor]] = (await Promise.all([once(server, 'connection'), once(socket, 'connect')])) as [[net.Socket], unknown]
      const ours = adoptSocket(donor, served)
      ends.push(socket, ours)
      return [socket, ours]
    }
    await run({ out, reader, open })
  } finally {
    for (const end of ends) end.destroy()
    await Promise.all([sink, server].map((one) => new Promise((done) => one.close(done))))
  }
}

const ways: readonly [string, (to: SocketWire, chunk: Buffer) => void][] = [
  ['a chunk', (to, chunk) => void to.writeChunk(chunk)],
  ['a framed chunk', (to, chunk) => void to.writeFramed('', chunk, '\r\n')],
  ['a text', (to, chunk) => void to.writeText(chunk.latin1Slice())],
]

for (const handles of [true, false])
  describe(handles ? 'past the stream' : 'through the stream', { timeout: 60_000 }, () => {
    before(() => useHandles(handles))
    after(() => useHandles(true))

    test('is how this Node is used', () => assert.equal(mayUseHandles(), handles))

    for (const [name, pass] of ways)
      test(`${name} that waits for a slow reader keeps its bytes while other connections are read`, () =>
        on(async ({ out, reader, open }) => {
          const [a] = await open({ ...idle, onData: (chunk) => pass(out, chunk) })
          const [b] = await open(idle)
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
        }))

    test('texts, chunks and framed chunks leave in the order of their writes, and whoever was told of no room is told of room', async () => {
      let room = Promise.withResolvers<void>()
      let drains = 0
      const onDrain = (): void => {
        drains++
        room.resolve()
      }
      await on(
        async ({ out, reader }) => {
          const expected: string[] = []
          let full = 0
          const all = (async () => {
            let text = ''
            for await (const chunk of reader as AsyncIterable<Buffer>) {
              text += chunk.latin1Slice()
              if (full < 3) await delay(1)
            }
            return text
          })()
          for (let i = 0; full < 3 || i < 300; i++) {
            assert.ok(i < 20_000, 'there was always room')
            const body = `${i}:`.padEnd(i % 7 === 0 ? 40_000 : 3_000, 'x')
            room = Promise.withResolvers<void>()
            const left =
              i % 3 === 0
                ? out.writeText(body)
                : i % 3 === 1
                  ? out.writeChunk(Buffer.from(body, 'latin1'))
                  : out.writeFramed('<', Buffer.from(body, 'latin1'), '>')
            expected.push(i % 3 === 2 ? `<${body}>` : body)
            if (left) continue
            full++
            await room.promise
          }
          out.end()
          assert.ok((await all) === expected.join(''), 'what came is not what was written')
          assert.ok(drains >= 3)
          assert.equal(out.unsent, 0)
        },
        { onDrain },
      )
    })

    test('what waits when the end is said leaves before the FIN', () =>
      on(async ({ out, reader }) => {
        const text = 'y'.repeat(3_000)
        let written = 0
        for (; out.unsent < 100_000; written += text.length) out.writeText(text)
        out.end()
        assert.equal((await reader.toArray()).join('').length, written)
      }))

    test('a peer that resets is told once, and later writes change nothing', async () => {
      const closed: string[] = []
      const over = Promise.withResolvers<void>()
      await on(
        async ({ out, reader }) => {
          while (out.unsent < 100_000) out.writeText('z'.repeat(3_000))
          reader.resetAndDestroy()
          await over.promise
          out.writeText('more')
          out.writeChunk(Buffer.from('more'))
          await delay(5)
          assert.deepEqual(closed, ['ECONNRESET'])
        },
        {
          onClose: (error) => {
            closed.push(error)
            over.resolve()
          },
        },
      )
    })

    test('a write that meets a connection which is gone ends it, without a throw', async () => {
      const over = Promise.withResolvers<string>()
      await on(
        async ({ out, reader }) => {
          out.pause()
          reader.resetAndDestroy()
          await delay(20)
          out.writeText('into the void')
          assert.match(await over.promise, /^(EPIPE|ECONNRESET)$/)
        },
        { onClose: (error) => over.resolve(error) },
      )
    })

    test('a pause stops the reads of this turn, and nothing is lost over it', () =>
      on(async ({ open }) => {
        let came = 0
        let paused = 0
        const all = Promise.withResolvers<void>()
        const [a, ours] = await open({
          ...idle,
          onData(chunk) {
            came += chunk.length
            paused++
            ours.pause()
            setTimeout(() => ours.resume(), 1)
            if (came >= 1_000_000) all.resolve()
          },
        })
        a.write(Buffer.alloc(1_000_000))
        await all.promise
        assert.equal(came, 1_000_000)
        assert.ok(paused >= 1_000_000 / 65_536)
      }))
  })
