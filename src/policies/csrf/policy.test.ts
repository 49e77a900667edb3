import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runPolicy, type FakeCallInit } from '../../testing/index.ts'
import { csrf } from './policy.ts'

const SHOP = 'https://shop.example'
const post = (headers: FakeCallInit['headers'] = {}, options?: unknown, init: FakeCallInit = {}): Promise<boolean> =>
  runPolicy(csrf, options, { request: { method: 'POST', host: 'gw.example', ...init, headers: headers ?? {} } }).then(
    ({ verdict }) => verdict.kind === 'proceed',
  )

test('what is refused gets 403 and a code of its own', async () => {
  const { verdict, response } = await runPolicy(csrf, undefined, {
    request: { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } },
  })
  assert.ok(verdict.kind === 'refuse' && verdict.code === 'csrf')
  assert.equal(response.status, 403)
})

test('methods that change nothing are let through, whoever asks; all others are judged', async () => {
  const foreign = { 'sec-fetch-site': 'cross-site', origin: SHOP }
  for (const method of ['GET', 'HEAD', 'OPTIONS']) assert.equal(await post(foreign, undefined, { method }), true, method)
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) assert.equal(await post(foreign, undefined, { method }), false, method)
})

test('the word of Fetch Metadata decides: the own pages and the user pass, everybody else does not', async () => {
  for (const site of ['same-origin', 'none']) assert.equal(await post({ 'sec-fetch-site': site }), true, site)
  for (const site of ['same-site', 'cross-site', '', 'SAME-ORIGIN', 'same-origin, same-origin', 'something-new'])
    assert.equal(await post({ 'sec-fetch-site': site, origin: 'https://gw.example' }), false, site)
  assert.equal(await post({ 'sec-fetch-site': ['same-origin', 'cross-site'] }), false, 'a repeated field')
})

test('without Fetch Metadata the Origin has to be the authority that was asked', async () => {
  for (const origin of ['https://gw.example', 'http://gw.example']) assert.equal(await post({ origin }), true, origin)
  for (const origin of [
    'null',
    '',
    SHOP,
    'https://gw.example:8443',
    'https://gw.example.evil.test',
    'https://evilgw.example',
    'https://gw.example/',
    'https://user@gw.example',
    'gw.example',
  ])
    assert.equal(await post({ origin }), false, origin)
  assert.equal(await post({ origin: ['https://gw.example', 'https://gw.example'] }), false, 'a repeated field')
  assert.equal(await post({ origin: 'http://gw.example:8080' }, undefined, { host: 'gw.example:8080' }), true)
})

test('over TLS a page that came without it is another origin', async () => {
  const origin = 'http://gw.example'
  assert.equal(await post({ origin }, undefined, { scheme: 'https' }), false)
  assert.equal(await post({ origin: 'https://gw.example' }, undefined, { scheme: 'https' }), true)
})

test('a client that sends neither is no browser', async () => {
  assert.equal(await post(), true)
  assert.equal(await post({ cookie: 'session=1' }), true)
})

test('pages of a listed origin pass, byte for byte', async () => {
  const options = { origins: [SHOP] }
  assert.equal(await post({ origin: SHOP, 'sec-fetch-site': 'cross-site' }, options), true)
  assert.equal(await post({ origin: SHOP }, options), true)
  for (const origin of ['http://shop.example', `${SHOP}:444`, 'https://sub.shop.example', 'null'])
    assert.equal(await post({ origin, 'sec-fetch-site': 'cross-site' }, options), false, origin)
  assert.equal(await post({ 'sec-fetch-site': 'cross-site' }, options), false, 'a browser that hides its origin')
})

test('what cannot be an origin is a load error', async () => {
  const refused: [unknown, RegExp][] = [
    [{ origins: ['https://shop.example/'] }, /browsers write `https:\/\/shop\.example`/],
    [{ origins: ['https://shop.example/basket'] }, /browsers write `https:\/\/shop\.example`/],
    [{ origins: ['*'] }, /is a pattern/],
    [{ origins: ['null'] }, /sandboxed/],
    [{ origin: [SHOP] }, /origin/],
  ]
  for (const [options, message] of refused) await assert.rejects(post({}, options), message)
})
