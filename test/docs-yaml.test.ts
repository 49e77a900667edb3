// Every configuration that a document shows is valid, whole or in parts: a part gets the sections that it speaks of around it. What is YAML of
// another program says so in the line above it: `<!-- not a configuration: … -->`; a block that names its file is run by `documented-code`.
import assert from 'node:assert/strict'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parse } from 'yaml'
import { loadConfig } from '../src/config/load/load.ts'
import { sections } from '../src/config/schema/gateway.ts'
import { createRegistry } from '../src/pipeline/registry.ts'
import { builtins } from '../src/runtime/builtins.ts'

const ROOT = join(import.meta.dirname, '..')
const BLOCK = /^(?:<!-- not a configuration: (?<other>.+) -->\n)?```ya?ml\n(?<text>[^]*?)^```$/gm
const FILE = /^# \S+\.ya?ml\n/

interface Shown {
  readonly where: string
  readonly text: string
}

const parts: Shown[] = []
const others: string[] = []
const named: string[] = []
for (const document of [...globSync('*.md', { cwd: ROOT }), ...globSync('docs/**/*.md', { cwd: ROOT })].toSorted()) {
  const page = readFileSync(join(ROOT, document), 'utf8')
  for (const { groups, index } of page.matchAll(BLOCK)) {
    const where = `${document}:${page.slice(0, index).split('\n').length}`
    const text = groups?.['text'] ?? ''
    if (groups?.['other'] !== undefined) others.push(where)
    else if (FILE.test(text)) named.push(where)
    else parts.push({ where, text })
  }
}

const folder = mkdtempSync(join(tmpdir(), 'docs-yaml-'))
after(() => rmSync(folder, { recursive: true }))

async function mistakes(text: string): Promise<string[]> {
  const file = join(folder, 'tidegate.yaml')
  writeFileSync(file, text)
  const { plan, findings } = await loadConfig({
    files: [file],
    cwd: folder,
    env: {},
    registry: createRegistry([...builtins]),
    overrides: [],
  })
  const errors = findings.filter(({ severity }) => severity === 'error')
  assert.equal(plan === undefined, errors.length > 0)
  return errors.map(({ line, path, message }) => `${line} ${path} ${message}`)
}

/** The part as a whole configuration: policies get a route, routes the services that they name. */
function whole(text: string): string {
  const keys = Object.keys(parse(text) as object)
  if (keys.includes('version')) return text
  if (keys.length === 1 && keys[0] === 'policies') {
    return `version: 1\nservices:\n  any:\n    endpoints: [http://127.0.0.1:7101]\nroutes:\n  any:\n    match: /any/{id}\n    service: any\n${text.replaceAll(/^(?=.)/gm, '    ')}`
  }
  const services = new Set([...text.matchAll(/\bservice: ([\w-]+)/g)].map((match) => match[1] ?? ''))
  const stubs = keys.includes('services') ? [] : [...services].map((name) => `  ${name}: { endpoints: ["http://127.0.0.1:7101"] }\n`)
  const route = keys.includes('routes') ? '' : 'routes:\n  any: { match: GET /any, reply: { body: ok } }\n'
  return `version: 1\n${text}${stubs.length === 0 ? '' : `services:\n${stubs.join('')}`}${route}`
}

test('every configuration that a document shows is valid', async () => {
  assert.ok(parts.length >= 25, `${parts.length} configurations`)
  for (const { where, text } of parts) {
    const [first = ''] = Object.keys(parse(text) as object)
    assert.ok(first === 'policies' || Object.hasOwn(sections, first), `${where}: \`${first}\` is no section; is it another program's?`)
    assert.deepEqual(await mistakes(whole(text)), [], where)
  }
})

test('a part that is wrong is found out', async () => {
  assert.equal((await mistakes(whole('limits:\n  head: 10\n'))).length, 1)
  assert.equal((await mistakes(whole('policies:\n  - corse\n'))).length, 1)
  assert.equal((await mistakes(whole('routes:\n  a:\n    match: /a\n    sevice: a\n'))).length, 1)
})

test('what is no configuration says so, and what names a file belongs to a page whose code is run', (context) => {
  context.diagnostic(`not configurations: ${others.join(', ')}`)
  assert.ok(others.length <= 4, others.join(', '))
  for (const where of named) assert.match(where, /^docs\/(?:plugins|typescript|policies\/writing)\.md:/)
})

test('the examples are valid', async () => {
  for (const path of globSync('examples/*/tidegate.yaml', { cwd: ROOT })) {
    assert.deepEqual(await mistakes(readFileSync(join(ROOT, path), 'utf8')), [], path)
  }
})
