import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  bodyPlace,
  parseLocation,
  parseRewrite,
  parseTemplate,
  renderLocation,
  renderRewrite,
  type LocationTemplate,
  type Template,
} from './template.ts'
import { canonicalPath, CanonicalPath } from './uri.ts'

function read<T>(parsed: { readonly ok: true; readonly template: T } | { readonly ok: false; readonly message: string }): T {
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.message)
  return parsed.template
}
const template = (text: string, ...names: string[]): Template => read(parseTemplate(text, names))
const rewrite = (text: string, ...names: string[]): Template => read(parseRewrite(text, names))
const location = (text: string, ...names: string[]): LocationTemplate => read(parseLocation(text, names))

test('a template holds text, parameters and doubled braces', () => {
  assert.deepEqual(template('/v2/{id}/x', 'id').parts, ['/v2/', 0, '/x'])
  assert.deepEqual(template('{b}{a}', 'a', 'b').parts, [1, 0])
  assert.equal(template('{{"id": "{id}"}}', 'id').render('body', ['7']), '{"id": "7"}')
  assert.deepEqual(template('').parts, [])
})

test('a malformed template or an unknown name is told with its place', () => {
  const refused: [string, number][] = [
    ['a{', 1],
    ['a{id', 1],
    ['a}', 1],
    ['{nope}', 1],
    ['x{id}}', 5],
    ['{}', 1],
    ['{ id }', 1],
    ['{__proto__}', 1],
  ]
  for (const [text, at] of refused) {
    const parsed = parseTemplate(text, ['id'])
    assert.ok(!parsed.ok, text)
    assert.equal(parsed.at, at, `${text}: ${parsed.message}`)
  }
})

test('A73 a parameter is encoded for the place that it goes to', () => {
  const raw = "a%2Fb%40%23%3F%26=+;x%22%3C%C3%A9'"
  const value = template('{id}', 'id')
  assert.equal(value.render('path', [raw]), raw)
  assert.equal(value.render('query', [raw]), 'a%2Fb%40%23%3F%26%3D%2B%3Bx%22%3C%C3%A9%27')
  assert.equal(value.render('header', [raw]), 'a/b@#?&=+;x"<\xc3\xa9\'')
  assert.equal(value.render('body', [raw]), 'a/b@#?&=+;x"<é\'')
  assert.equal(value.render('json', ['%22%5C%09']), '\\"\\\\\\t')
  assert.equal(value.render('html', ['%3Cb%3E%22&']), '&#60;b&#62;&#34;&#38;')
  assert.equal(value.render('header', ['%0D%0Ax%00']), '%0D%0Ax%00')
})

test('a reply body is escaped by its media type', () => {
  for (const type of ['application/json', 'application/problem+json; charset=utf-8', 'Application/JSON'])
    assert.equal(bodyPlace(type), 'json', type)
  for (const type of ['text/html', 'image/svg+xml', 'application/xhtml+xml;q=1', 'text/xml']) assert.equal(bodyPlace(type), 'html', type)
  for (const type of ['text/plain', '', 'application/octet-stream']) assert.equal(bodyPlace(type), 'body', type)
})

test('A29 a rewrite gives a canonical path', () => {
  assert.equal(renderRewrite(rewrite('/v2/{id}', 'id'), ['a%2Fb;c']), '/v2/a%2Fb;c')
  assert.equal(renderRewrite(rewrite('/{rest}', 'rest'), ['']), '/')
  assert.equal(renderRewrite(rewrite('/{rest}', 'rest'), ['a/b/']), '/a/b/')
  assert.equal(renderRewrite(rewrite('/x/{rest}/y', 'rest'), ['']), '/x/y')
  assert.equal(renderRewrite(rewrite('//{rest}', 'rest'), ['evil.test/']), '/evil.test/')
  assert.equal(renderRewrite(rewrite('/café/%7e/{id}', 'id'), ['1']), '/caf%C3%A9/~/1')
  assert.equal(renderRewrite(rewrite('/static'), []), '/static')
})

test('A29 a rewrite never makes a dot segment out of values', () => {
  assert.equal(renderRewrite(rewrite('/v/{x}/p', 'x'), ['..']), undefined)
  assert.equal(renderRewrite(rewrite('/v/{x}', 'x'), ['.']), undefined)
  assert.equal(renderRewrite(rewrite('/v/.{rest}', 'rest'), ['']), undefined)
  assert.equal(renderRewrite(rewrite('/v/{x};p', 'x'), ['..']), undefined)
  assert.equal(renderRewrite(rewrite('/v/{x}..', 'x'), ['a%2F']), undefined)
})

test('A29 whatever canonical text the values hold, the result is canonical or refused', () => {
  const rest = fc.array(fc.constantFrom('/', '.', '..', 'a', '%2F', '%C3%A9', ';', '-'), { maxLength: 8 }).map((pieces) => pieces.join(''))
  const templates = ['/{x}', '/v/{x}', '//{x}/{x}', '/v/{x}.json', '/.{x}', '/a%2f{x}/'].map((text) => rewrite(text, 'x'))
  const out = new CanonicalPath()
  fc.assert(
    fc.property(rest, fc.constantFrom(...templates), (value, chosen) => {
      const path = renderRewrite(chosen, [value])
      if (path === undefined) return
      assert.equal(canonicalPath(path, out), undefined)
      assert.equal(out.path, path)
      assert.ok(!path.startsWith('//'))
    }),
    { numRuns: 2000 },
  )
})

test('a rewrite that can give no path is refused at load', () => {
  for (const text of ['v2/{id}', '{id}', '/a?x={id}', '/a#b', '/a/../{id}', '/./{id}', '/a b', '/%zz', '/%0a', '/x%{id}', '']) {
    assert.ok(!parseRewrite(text, ['id']).ok, text)
  }
})

test('A73 a redirect keeps its host whatever the values are', () => {
  assert.equal(renderLocation(location('/new/{id}?from={id}#top', 'id'), ['a%26b']), '/new/a%26b?from=a%26b#top')
  assert.equal(renderLocation(location('https://www.shop.example/{rest}', 'rest'), ['/evil.test']), 'https://www.shop.example/evil.test')
  assert.equal(renderLocation(location('https://[::1]:8443'), []), 'https://[::1]:8443/')
  assert.equal(renderLocation(location('/{rest}', 'rest'), ['/evil.test']), '/evil.test')
  assert.equal(renderLocation(location('/{x}', 'x'), ['..']), undefined)
  for (const text of [
    '//evil.test/{id}',
    'https://{id}/x',
    'https://a.test{id}',
    'https://a@b.test/',
    'javascript:alert(1)',
    'new',
    '',
    '{id}',
    'ftp://a/',
    '/x?a b',
    '/x?é',
    '/../x',
  ]) {
    assert.ok(!parseLocation(text, ['id']).ok, text)
  }
})
