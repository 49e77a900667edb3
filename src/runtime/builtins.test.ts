import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { createRegistry } from '../pipeline/registry.ts'
import { conformPolicy, type ConformanceOptions } from '../testing/conformance.ts'
import { builtins } from './builtins.ts'

const root = new URL('../../', import.meta.url)

test('the built-ins make a registry: no two have one name', () => {
  assert.deepEqual(createRegistry(builtins).kinds(), ['request-id', 'cors', 'ip-filter', 'csrf', 'compress', 'headers'])
})

test('every built-in has a folder with a README and a page that names each of its options', () => {
  for (const { name, schema } of builtins) {
    readFileSync(new URL(`src/policies/${name}/README.md`, root))
    const page = readFileSync(new URL(`docs/policies/${name}.md`, root), 'utf8')
    const { properties = {} } = schema.toJSONSchema({ io: 'input' })
    assert.ok(Object.keys(properties).length > 0)
    for (const option of Object.keys(properties))
      assert.ok(page.includes(`\`${option}\``), `docs/policies/${name}.md does not name ${option}`)
  }
})

test('every built-in refuses an option that it does not know', () => {
  for (const { name, schema } of builtins) {
    const { error } = schema.safeParse({ nonsense: true })
    assert.ok(
      error?.issues.some(({ code }) => code === 'unrecognized_keys'),
      name,
    )
  }
})

/** Options of each, as a configuration would write them, and some that are wrong. */
const EXAMPLES: Readonly<Record<(typeof builtins)[number]['name'], ConformanceOptions>> = {
  'request-id': { options: {}, wrong: [{ header: 'not a name' }, { headr: 'x-id' }] },
  cors: { options: { origins: ['https://shop.example'], credentials: true }, wrong: [{}, { origins: ['*.example'] }] },
  'ip-filter': { options: { deny: ['203.0.113.0/24'] }, wrong: [{}, { deny: ['somewhere'] }] },
  csrf: { options: { origins: ['https://shop.example'] }, wrong: [{ origins: 'https://shop.example/' }] },
  compress: { options: { algorithms: ['br', 'gzip'], minSize: '1B' }, wrong: [{ level: 6 }, { minSize: 1024 }, { algorithm: ['br'] }] },
  headers: { options: { request: { set: { 'x-a': '1' } }, response: { remove: ['x-b'] } }, wrong: [{ request: { set: { host: 'x' } } }] },
}

for (const policy of builtins) {
  test(`${policy.name} conforms as a plugin has to`, () => conformPolicy(policy, EXAMPLES[policy.name]))
}
