// Every socket of a thread reads into the same buffer: bodies that wait for slow receivers must not hold what others read meanwhile.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Gateway } from '../harness/gateway.ts'

const SIZE = 4 * 1_048_576
const TRANSFERS = 8
const fillOf = (n: number): number => 0x61 + n

/** Reads to the end, every other one in small steps, and returns how many bytes came and how many of them were not `n`'s. */
async function take(from: http.IncomingMessage, n: number): Promise<{ length: number; foreign: number }> {
  let length = 0
  let foreign = 0
  for await (const chunk of from as AsyncIterable<Buffer>) {
    length += chunk.length
    for (const byte of chunk) if (byte !== fillOf(n)) foreign++
    if (n % 2 === 0) await delay(1)
  }
  return { length, foreign }
}

const numberOf = (request: http.IncomingMessage): number => Number(request.url?.slice(1))

for (const framing of ['length', 'chunked'] as const) {
  const fields = framing === 'length' ? { 'content-length': SIZE } : {}

  describe(`R14 bodies side by side (${framing}), half of their receivers slow`, () => {
    test('downloads are made of their own bytes alone', { timeout: 30_000 }, async () => {
      const service = http.createServer((request, response) => {
        response.writeHead(200, fields)
        response.end(Buffer.alloc(SIZE, fillOf(numberOf(request))))
      })
      await once(service.listen(0, '127.0.0.1'), 'listening')
      {
        await using gateway = await new Gateway({ endpoints: [(service.address() as AddressInfo).port] }).listen()
        const all = Array.from({ length: TRANSFERS }, async (_, n) => {
          const request = http.get({ port: gateway.port, host: '127.0.0.1', path: `/${n}`, agent: false })
          const [response] = (await once(request, 'response')) as [http.IncomingMessage]
          assert.deepEqual(await take(response, n), { length: SIZE, foreign: 0 })
        })
        await Promise.all(all)
      }
      await new Promise((done) => service.close(done))
    })

    test('uploads are made of their own bytes alone', { timeout: 30_000 }, async () => {
      const service = http.createServer((request, response) => {
        void take(request, numberOf(request)).then((taken) => response.end(JSON.stringify(taken)))
      })
      await once(service.listen(0, '127.0.0.1'), 'listening')
      {
        await using gateway = await new Gateway({ endpoints: [(service.address() as AddressInfo).port] }).listen()
        const all = Array.from({ length: TRANSFERS }, async (_, n) => {
          const request = http.request({
            method: 'PUT',
            port: gateway.port,
            host: '127.0.0.1',
            path: `/${n}`,
            agent: false,
            headers: fields,
          })
          request.end(Buffer.alloc(SIZE, fillOf(n)))
          const [response] = (await once(request, 'response')) as [http.IncomingMessage]
          assert.deepEqual(JSON.parse((await response.toArray()).join('')), { length: SIZE, foreign: 0 })
        })
        await Promise.all(all)
      }
      await new Promise((done) => service.close(done))
    })
  })
}
