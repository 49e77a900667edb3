import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { refusalOf, type Where } from './gate.ts'

const v4: Where = { address: '127.0.0.1', port: 9901 }
const code = (where: Where, ...rawHeaders: string[]): string | undefined =>
  refusalOf({ rawHeaders } as unknown as IncomingMessage, where)?.code

test('A75 `Host` is localhost, a loopback address or the address itself, with the port, and nothing else', () => {
  for (const host of ['localhost:9901', 'LOCALHOST:9901', '127.0.0.1:9901', '[::1]:9901'])
    assert.equal(code(v4, 'Host', host), undefined, host)
  assert.equal(code({ address: '127.0.0.2', port: 80 }, 'host', '127.0.0.2'), undefined)
  assert.equal(code({ address: '::1', port: 80 }, 'host', '[::1]:80'), undefined)
  const foreign = [
    'evil.example:9901',
    'evil.example',
    'localhost',
    'localhost:9902',
    'localhost.evil.example:9901',
    '127.0.0.1.nip.io:9901',
    '127.0.0.2:9901',
    '::1:9901',
    'localhost:9901:9901',
    ' localhost:9901',
    '0.0.0.0:9901',
    '',
  ]
  for (const host of foreign) assert.equal(code(v4, 'Host', host), 'host_refused', host)
  assert.equal(code(v4), 'host_refused')
  assert.equal(code(v4, 'Host', 'localhost:9901', 'host', 'evil.example'), 'host_refused')
})

test('A75 `Origin` is absent or this gateway', () => {
  const from = (...origins: string[]): string | undefined =>
    code(v4, 'Host', 'localhost:9901', ...origins.flatMap((origin) => ['Origin', origin]))
  assert.equal(from('http://localhost:9901'), undefined)
  const foreign = [
    'null',
    '',
    'http://localhost',
    'http://localhost:3000',
    'http://127.0.0.1:9901',
    'https://localhost:9901',
    'http://evil.example',
  ]
  for (const origin of foreign) assert.equal(from(origin), 'origin_refused', origin)
  assert.equal(from('http://localhost:9901', 'http://evil.example'), 'origin_refused')
})

test('A75 on a socket `Host` is localhost', () => {
  const where = { socket: '/run/admin.sock' }
  assert.equal(code(where, 'Host', 'localhost'), undefined)
  assert.equal(code(where, 'Host', 'evil.example'), 'host_refused')
  assert.equal(code(where, 'Host', 'localhost', 'Origin', 'http://evil.example'), 'origin_refused')
})
