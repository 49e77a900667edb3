// The rules of a route for its tunnels: how long they may rest and live, and how their clients are told.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { withClient } from '../harness/memory-stage.ts'
import type { MemoryStage } from '../harness/memory-stage.ts'
import type { Peer } from '../harness/peer.ts'
import type { ServiceConnection } from '../harness/service.ts'

const UPGRADE =
  'GET /ws HTTP/1.1\r\nHost: gw.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
const SWITCH =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n'
/** A frame with two letters, and the close frame that says 1001. */
const HI = '\x81\x02hi'
const GOING_AWAY = '\x88\x02\x03\xe9'

async function tunnel(
  websocket: { idle: number; lifetime: number },
  run: (made: MemoryStage, client: Peer, service: Peer) => Promise<void>,
): Promise<void> {
  const mute = { onRequest({ peer }: ServiceConnection) { peer.onChange = () => {} } } // prettier-ignore
  await withClient(
    mute,
    async (made, client) => {
      client.write(UPGRADE)
      await made.settle()
      const service = (made.service.connections[0] as ServiceConnection).peer
      service.write(SWITCH)
      await made.settle()
      assert.equal(made.gateway.plane.tunnels, 1)
      await run(made, client, service)
      await made.advance(60_000)
      assert.deepEqual([made.gateway.plane.tunnels, made.gateway.upstreamOpen, made.gateway.plane.connections], [0, 0, 0])
    },
    { websocket, service: { stream: 86_400_000 } },
  )
}

/** What the client got since the tunnel was opened. */
const got = (client: Peer): string => client.received.slice(client.received.indexOf('\r\n\r\n') + 4)

const assertLeft = (made: MemoryStage, client: Peer, service: Peer, fault: string): void => {
  assert.equal(made.gateway.ended[0]?.outcome.fault, fault)
  assert.ok(client.ended, 'the client got no FIN')
  assert.ok(service.ended || service.closed !== undefined, 'the service was not told')
}

describe('A84 a tunnel with `idle`', () => {
  test('ends when nothing has moved either way for that long, with a close frame that says 1001', () =>
    tunnel({ idle: 10_000, lifetime: 0 }, async (made, client, service) => {
      for (let i = 0; i < 4; i++) {
        await made.advance(9_000)
        ;(i % 2 === 0 ? client : service).write(HI)
        await made.settle()
      }
      assert.equal(made.gateway.plane.tunnels, 1)
      await made.advance(10_200)
      assert.equal(got(client), HI + HI + GOING_AWAY)
      assertLeft(made, client, service, 'tunnel_idle')
    }))

  test('ends without one when the service stopped in the middle of a frame, a little later', () =>
    tunnel({ idle: 10_000, lifetime: 0 }, async (made, client, service) => {
      service.write(`${HI}\x81\x7e\x01`)
      await made.settle()
      await made.advance(10_200)
      assert.equal(made.gateway.plane.tunnels, 1)
      await made.advance(5_200)
      assert.equal(got(client), `${HI}\x81\x7e\x01`)
      assertLeft(made, client, service, 'tunnel_idle')
    }))
})

describe('a tunnel with `lifetime`', () => {
  test('ends after that long, however busy it is, between two frames of the service', () =>
    tunnel({ idle: 0, lifetime: 30_000 }, async (made, client, service) => {
      for (let i = 0; i < 5; i++) {
        await made.advance(5_800)
        service.write(HI)
        await made.settle()
      }
      service.write('\x81\x04')
      await made.settle()
      await made.advance(1_200)
      assert.equal(made.gateway.plane.tunnels, 1, 'a frame was on its way')
      service.write(`done${HI}\x81\x05to`)
      await made.settle()
      assert.equal(got(client), `${HI.repeat(5)}\x81\x04done${HI}${GOING_AWAY}`)
      assertLeft(made, client, service, 'tunnel_lifetime')
    }))

  test('says nothing behind a service that has ended its side', () =>
    tunnel({ idle: 0, lifetime: 30_000 }, async (made, client, service) => {
      service.write(HI)
      service.end()
      await made.settle()
      assert.ok(client.ended)
      await made.advance(30_200)
      assert.equal(got(client), HI)
      assert.equal(made.gateway.ended[0]?.outcome.fault, 'tunnel_lifetime')
    }))

  test('that its ends have closed before is over, and nothing is due', () =>
    tunnel({ idle: 5_000, lifetime: 30_000 }, async (made, client, service) => {
      client.end()
      service.end()
      await made.settle()
      assert.equal(made.gateway.ended[0]?.outcome.fault, undefined)
    }))
})
