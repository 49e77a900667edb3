import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadInThread, type LoadRequest } from './loader.ts'

const request: LoadRequest = { files: ['a.yaml'], cwd: tmpdir(), env: {}, overrides: [], piped: new Map() }
const thread = (code: string): URL => new URL(`data:text/javascript,${encodeURIComponent(code)}`)

for (const [what, code, message] of [
  ['that never ends is ended', 'for (;;);', 'loading took longer than 0.2 s and was ended'],
  ['that waits for ever is ended', 'setInterval(() => {}, 1000)', 'loading took longer than 0.2 s and was ended'],
  ['that throws', 'throw new Error("no")', 'loading failed: no'],
  ['that ends without a word', 'process.exit(3)', 'the loader ended with code 3'],
] as const)
  test(`a load ${what} is a finding, and nothing hangs`, async () => {
    const { plan, findings } = await loadInThread(request, thread(code), code.startsWith('throw') || code.includes('exit') ? 5_000 : 200)
    assert.equal(plan, undefined)
    assert.deepEqual(findings, [{ file: 'a.yaml', line: 0, column: 0, path: '', message, severity: 'error' }])
  })

test('a load gives a plan as plain data, with the files that it read', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-load-'))
  try {
    writeFileSync(join(folder, 'tidegate.yaml'), 'version: 1\nroutes: { a: { match: GET /, reply: { status: 200, body: ok } } }\n')
    const { plan, files } = await loadInThread({ ...request, files: [], cwd: folder })
    assert.equal(plan?.routes[0]?.name, 'a')
    assert.equal(files.length, 1)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
