import assert from 'node:assert/strict'
import { test } from 'node:test'
import { preferredForm } from './accept.ts'

const FORMS = [['application/problem+json', 'application/json'], ['text/plain'], ['text/html']]
const names = ['json', 'text', 'html']
const preferred = (accept: string): string => names[preferredForm(accept, FORMS)] ?? 'none'

test('the form with the highest quality wins, then the one that is named more exactly, then the first', () => {
  const cases: readonly (readonly [accept: string, form: string])[] = [
    ['*/*', 'json'],
    ['application/json', 'json'],
    ['APPLICATION/Problem+JSON', 'json'],
    ['text/plain', 'text'],
    ['text/*', 'text'],
    ['text/html', 'html'],
    // Chromium, Firefox
    ['text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8', 'html'],
    // axios, htmx, jQuery
    ['application/json, text/plain, */*', 'json'],
    ['text/html, */*', 'html'],
    ['text/html, */*; q=0.01', 'html'],
    ['text/plain;q=0.5, text/html;q=0.7', 'html'],
    ['text/html;q=0.3, application/json;q=0.31', 'json'],
    ['text/html;q=0.001, application/json;q=0', 'html'],
    // The most exact range counts, whatever stands beside it.
    ['text/html;q=0, text/*', 'text'],
    ['text/*, text/html;q=0, text/plain;q=0', 'none'],
    ['*/*, application/json;q=0, application/problem+json;q=0', 'text'],
    // Parameters with what separates.
    ['text/plain;a="x,text/html;q=1\\"", text/html;q=0.9', 'text'],
    ['application/json; charset=utf-8', 'json'],
    ['text/html ; q=1.000 ,application/json;Q=0.5', 'html'],
  ]
  for (const [accept, form] of cases) assert.equal(preferred(accept), form, accept)
})

test('what takes no form, or is no Accept at all, prefers none', () => {
  for (const accept of [
    '',
    'image/png',
    'text',
    'text/',
    '/html',
    'te xt/html',
    'text/html;q=2',
    'text/html;q=1.5',
    'text/html;q=x',
    '*/html',
  ])
    assert.equal(preferred(accept), 'none', accept)
})

test('a long Accept takes time by its length alone', () => {
  for (const piece of [' ', '\t', ';', ',', '"', '\\', 'a/b;q=', ';q=\t', 'a/b; '])
    for (const start of ['', 'a/b;q=', 'a/b', 'a/b;']) assert.equal(preferred(`${start}${piece.repeat(32_768 / piece.length)}x`), 'none')
})
