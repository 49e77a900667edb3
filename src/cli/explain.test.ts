import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'

const CONFIGURATION = `version: 1
services:
  catalog: { endpoints: [http://127.0.0.1:7101/base, http://127.0.0.1:7102] }
policySets:
  edge: [request-id]
defaults:
  policies:
    - set: edge
    - ip-filter: { deny: [203.0.113.0/24] }
routes:
  product: { match: "GET /products/{id}", service: catalog, rewrite: "/v2/{id}", timeouts: { deadline: 2s }, policies: [csrf] }
  beta: { match: { path: "/products/{id}", headers: { x-beta: "1" } }, service: catalog }
  moved: { match: GET /old, redirect: { to: /new } }
`

let folder = ''
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-explain-'))
  writeFileSync(join(folder, 'tidegate.yaml'), CONFIGURATION)
})
after(() => rmSync(folder, { recursive: true }))

function tidegate(...args: string[]): { code: number | null; out: string; talk: string } {
  const main = join(import.meta.dirname, 'main.ts')
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { cwd: folder, encoding: 'utf8' })
  return { code: status, out: stdout, talk: stderr }
}

test('explain tells the winner, its policies with their origins, the target and what lost', () => {
  assert.deepEqual(tidegate('explain', 'GET', 'http://a.test:8080/products/7?q=1'), {
    code: 0,
    out: `request    GET a.test:8080/products/7?q=1  from 127.0.0.1, listener web
answer     what the service answers
route      product  GET /products/{id}  id = 7
policies   request-id  policySets.edge  proceeds, changes x-request-id; response: changes x-request-id
           ip-filter   defaults         proceeds
           csrf        routes.product   proceeds
target     service catalog at http://127.0.0.1:7101/base (tried first of 2)
it gets    GET /base/v2/7?q=1, host a.test:8080
timeouts   connect 1s (built-in), response 15s (built-in), deadline 2s (route), stream 5m (built-in)
           body 30s (built-in), write 30s (built-in)
retries    1 at most
body       no limit
not these  beta  /products/{id} with header x-beta: 1  it wants the header \`x-beta\` to be \`1\`, and the request has none
           1 more (--all)
`,
    talk: '',
  })
})

test('explain ends with 1 for what is refused, and --json says it all', () => {
  const refused = tidegate('explain', 'GET', '/products/7', '--from', '203.0.113.9', '--json')
  assert.equal(refused.code, 1)
  const { status, code, policies } = JSON.parse(refused.out) as {
    status: number
    code: string
    policies: { kind: string; entered: boolean }[]
  }
  assert.deepEqual([status, code], [403, 'ip_denied'])
  assert.deepEqual(
    policies.map(({ kind, entered }) => `${kind} ${entered}`),
    ['request-id true', 'ip-filter true', 'csrf false'],
  )
  const nowhere = tidegate('explain', 'GET', '/product/7')
  assert.equal(nowhere.code, 1)
  assert.match(nowhere.out, /^answer {5}404 no_route: /m)
  assert.match(nowhere.out, /^nearest {4}product {2}GET \/products\/\{id\} {2}\(segment 1 is `products`, not `product`\)$/m)
})

test('explain says what cannot be sent, and which configuration cannot be used', () => {
  assert.deepEqual(tidegate('explain', 'G T', '/'), { code: 1, out: '', talk: 'tidegate: `G T` is no method\n' })
  assert.equal(tidegate('explain', 'GET', '/', '-H', 'no-colon').code, 2)
  assert.equal(tidegate('explain', 'GET', '/', '-c', 'absent.yaml').code, 78)
})
