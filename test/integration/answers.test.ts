// What routes answer and send, seen through a whole gateway: where a redirect points, and which spelling of a path a service gets.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createGateway } from '../../src/index.ts'
import { scriptedService } from '../../src/testing/index.ts'

const quiet = { version: 1 as const, telemetry: { logs: { sinks: [] } } }

/** The `Location` of a redirect from `/old/{id}` to `to`, asked for `url`. */
async function locationOf(to: string, url: string): Promise<unknown> {
  await using gateway = await createGateway({ ...quiet, routes: { old: { match: '/old/{id}', redirect: { to } } } })
  const answer = await gateway.inject(url)
  assert.equal(answer.status, 307)
  assert.equal(answer.text, '')
  return answer.headers['location']
}

test('a redirect keeps the query unless its target has one of its own', async () => {
  const cases: [string, string, string][] = [
    ['/new', '/old/7?a=1&b=%20x', '/new?a=1&b=%20x'],
    ['/new', '/old/7', '/new'],
    ['/new', '/old/7?', '/new'],
    ['/new?c=2', '/old/7?a=1', '/new?c=2'],
    ['/new?', '/old/7?a=1', '/new'],
    ['/new?id={id}', '/old/7?a=1', '/new?id=7'],
    ['/new#part', '/old/7?a=1', '/new?a=1#part'],
    ['/new#part', '/old/7', '/new#part'],
    ['/new?#part', '/old/7?a=1', '/new#part'],
    ['/new/{id}', '/old/7?to=//evil.test/%0d%0a', '/new/7?to=//evil.test/%0d%0a'],
    ['https://shop.example', '/old/7?a=1', 'https://shop.example/?a=1'],
    ['https://shop.example/x/{id}#part', '/old/7?a={1|2}', 'https://shop.example/x/7?a={1|2}#part'],
  ]
  for (const [to, url, location] of cases) assert.equal(await locationOf(to, url), location, `${to} for ${url}`)
})

test('escapes that a route accepts reach the service in upper case, whichever case the client wrote (RFC 3986 §6.2.2.1)', async () => {
  const files = scriptedService(() => ({ status: 200 }))
  await using gateway = await createGateway(
    {
      ...quiet,
      services: { files: { endpoints: ['http://files.test'] } },
      routes: {
        plain: { match: '/files/{rest...}', service: 'files', path: { encoded: ['slash', 'semicolon'] } },
        rewritten: { match: '/old/{id}', rewrite: '/v2/{id}', service: 'files', path: { encoded: ['slash'] } },
      },
    },
    { services: { files } },
  )
  for (const url of ['/files/a%2fb%3bc', '/files/a%2Fb%3Bc', '/files/%61%2fb%3Bc', '/old/a%2fb?q=%2f'])
    assert.equal((await gateway.inject(url)).status, 200, url)
  assert.deepEqual(
    files.requests.map(({ url }) => url),
    ['/files/a%2Fb%3Bc', '/files/a%2Fb%3Bc', '/files/a%2Fb%3Bc', '/v2/a%2Fb?q=%2f'],
  )
  assert.equal((await gateway.inject('/files/a%5cb')).status, 400)
})
