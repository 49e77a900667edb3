// The files of a first plugin: a policy that is small and whole, and its test.

/** What `init --plugin` writes, by path from the configuration's folder. */
export function pluginFiles(name: string): ReadonlyMap<string, string> {
  const value = name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())
  return new Map([
    [`plugins/${name}.ts`, policy(name, value)],
    [`plugins/${name}.test.ts`, test(name, value)],
  ])
}

/** What a configuration says to use it. */
export const pluginUse = (name: string): string => `plugins:
  ${name}: ./plugins/${name}.ts

routes:
  …:
    policies:
      - ${name}: { header: x-tenant }`

const policy = (name: string, value: string): string => `// A policy: requests without a header are refused. Change it to what you need.
import { definePolicy, headerName, proceed, refuse } from 'tidegate/plugin'
import { z } from 'zod'

const ${value} = definePolicy({
  name: '${name}',
  // What a configuration may say; anything else is an error with file and line.
  schema: z.strictObject({
    header: headerName().describe('text: the header that has to be there'),
  }),
  // Runs when the configuration is loaded; what it returns runs at each request.
  create: ({ header }) => ({
    onRequest: (call) => (call.request.headers.has(header) ? proceed : refuse('header_missing', { status: 400 })),
  }),
})

export default ${value}
`

const test = (name: string, value: string): string => `import assert from 'node:assert/strict'
import { test } from 'node:test'
import { conformPolicy, runPolicy } from 'tidegate/testing'
import ${value} from './${name}.ts'

const options = { header: 'x-tenant' }

test('a request with the header passes', async () => {
  const { verdict } = await runPolicy(${value}, options, { request: { headers: { 'x-tenant': 'blue' } } })
  assert.equal(verdict.kind, 'proceed')
})

test('a request without it is refused', async () => {
  const { verdict, response } = await runPolicy(${value}, options)
  assert.ok(verdict.kind === 'refuse' && verdict.code === 'header_missing')
  assert.equal(response.status, 400)
})

test('it does what every policy must', () => conformPolicy(${value}, { options, wrong: [{}, { header: 'not a name' }] }))
`
