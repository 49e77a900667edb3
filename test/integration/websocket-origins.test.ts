// Who may open a WebSocket: the list of origins of a route, in a whole gateway.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { createGateway, type Gateway } from '../../src/runtime/gateway.ts'
import { scriptedService } from '../../src/testing/index.ts'

const SHOP = 'https://shop.example'
const HANDSHAKE =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'

async function answer(gateway: Gateway, path: string, fields: string): Promise<string> {
  const client = gateway.connect()
  client.write(`GET ${path} HTTP/1.1\r\nHost: gw.example\r\n${fields}\r\n`)
  let text = ''
  client.setEncoding('latin1')
  client.on('data', (chunk: string) => (text += chunk))
  client.on('error', () => {})
  if (fields.includes('Upgrade')) await once(client, 'end')
  else while (!text.includes('\r\n\r\n')) await once(client, 'data')
  client.destroy()
  return text
}

test('A81 an Upgrade from a page of another origin is 403 before anything goes to the service', async () => {
  const service = scriptedService(() => ({ status: 426, body: 'no sockets here' }))
  await using gateway = await createGateway(
    {
      version: 1,
      services: { chat: { endpoints: ['http://chat.internal'] } },
      routes: {
        chat: { match: 'GET /chat', service: 'chat', websocket: { origins: [SHOP], idle: '5m', lifetime: '12h' } },
        open: { match: 'GET /open', service: 'chat', websocket: { idle: '5m' } },
      },
      telemetry: { logs: { sinks: [] } },
    },
    { services: { chat: service } },
  )
  for (const origin of ['https://evil.example', 'http://shop.example', `${SHOP}:444`, `${SHOP}.evil.example`, 'null', '']) {
    const text = await answer(gateway, '/chat', `${HANDSHAKE}Origin: ${origin}\r\n`)
    assert.match(text, /^HTTP\/1\.1 403 /, origin)
    assert.match(text, /"code":"origin_denied"/)
  }
  assert.match(await answer(gateway, '/chat', `${HANDSHAKE}Origin: ${SHOP}\r\nOrigin: ${SHOP}\r\n`), /^HTTP\/1\.1 403 /, 'a repeated field')
  assert.equal(service.requests.length, 0)

  assert.match(await answer(gateway, '/chat', `${HANDSHAKE}Origin: ${SHOP}\r\n`), /^HTTP\/1\.1 426 /)
  assert.match(await answer(gateway, '/chat', HANDSHAKE), /^HTTP\/1\.1 426 /, 'what sends no Origin is no browser')
  assert.match(await answer(gateway, '/open', `${HANDSHAKE}Origin: https://evil.example\r\n`), /^HTTP\/1\.1 426 /, 'a route without a list')
  assert.match(await answer(gateway, '/chat', 'Origin: https://evil.example\r\n'), /^HTTP\/1\.1 426 /, 'a plain request')
  assert.equal(service.requests.length, 4)
})
