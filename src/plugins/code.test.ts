import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { type Code, CodeError, filesOf, importCode, keepCode, readCode } from './code.ts'

const made: string[] = []
after(() => made.forEach((folder) => rmSync(folder, { recursive: true, force: true })))

/** Outside of any package, as in /etc. */
function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-code-'))
  made.push(folder)
  for (const [name, text] of Object.entries(files)) write(join(folder, name), text)
  return folder
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

const value = ({ exports }: Code): unknown => exports['default']
const whyNot = async (made_: Promise<unknown>): Promise<CodeError> => {
  const error: unknown = await made_.then(
    () => undefined,
    (cause: unknown) => cause,
  )
  assert.ok(error instanceof CodeError)
  return error
}

test('an edit of a file that a module imports is a new version of the module; without one nothing is evaluated again', async () => {
  const folder = folderWith({
    'entry.ts': "import { n } from './lib/n.ts'\nexport default { n, at: {} }\n",
    'lib/n.ts': 'export const n: number = 1\n',
  })
  const entry = join(folder, 'entry.ts')
  const first = await readCode(entry)
  assert.deepEqual(value(first), { n: 1, at: {} })
  assert.deepEqual(filesOf(first.module).toSorted(), [entry, join(folder, 'lib/n.ts')])
  assert.equal(await readCode(entry), first)
  write(join(folder, 'lib/n.ts'), 'export const n: number = 2\n')
  const second = await readCode(entry)
  assert.deepEqual(value(second), { n: 2, at: {} })
  assert.notEqual(second.module.hash, first.module.hash)
  write(join(folder, 'lib/n.ts'), 'export const n: number = 1\n')
  assert.equal(value(await readCode(entry)), value(first), 'a version that was loaded before is not loaded again')
})

test('what was read is what runs, in a thread that starts later too, though the files have changed or are gone', async () => {
  const folder = folderWith({
    'a.ts': "import { b } from './b.ts'\nimport { c } from './lib/c.js'\nexport default `${b} ${c}`\n",
    'b.ts': "export const b: string = 'was read'\n",
    'lib/c.js': "import { b } from '../b.ts'\nexport const c = b.length\n",
  })
  const { module } = await readCode(join(folder, 'a.ts'))
  write(join(folder, 'b.ts'), "export const b = 'edited'\n")
  // As another thread has it, which has imported nothing yet.
  const elsewhere = (hash: string) => ({ ...structuredClone(module), hash })
  assert.equal(value(await importCode(elsewhere('one'))), 'was read 8')
  rmSync(folder, { recursive: true })
  assert.equal(value(await importCode(elsewhere('two'))), 'was read 8')
})

test('links that are swapped, as in a ConfigMap, are one module in two versions', async () => {
  const folder = folderWith({ 'one/p.ts': 'export default 1\n', 'two/p.ts': 'export default 2\n' })
  symlinkSync('one', join(folder, 'data'))
  const path = join(folder, 'data', 'p.ts')
  assert.equal(value(await readCode(path)), 1)
  symlinkSync('two', join(folder, 'next'))
  renameSync(join(folder, 'next'), join(folder, 'data'))
  const { module, exports } = await readCode(path)
  assert.equal(exports['default'], 2)
  assert.deepEqual(filesOf(module), [join(folder, 'two', 'p.ts')])
  unlinkSync(join(folder, 'data'))
})

test('a module anywhere imports the running gateway, and zod where it has none of its own', async () => {
  const folder = folderWith({
    'p.ts':
      "import { definePolicy, proceed } from 'tidegate/plugin'\nimport { defineGateway } from 'tidegate'\nimport { runPolicy } from 'tidegate/testing'\nimport { z } from 'zod'\nexport default { proceed, defineGateway, runPolicy, policy: definePolicy({ name: 'p', schema: z.strictObject({}), create: () => ({}) }) }\n",
  })
  const { proceed } = await import('../pipeline/verdict.ts')
  const own = value(await readCode(join(folder, 'p.ts'))) as { proceed: unknown; policy: { bare: boolean } }
  assert.equal(own.proceed, proceed)
  assert.equal(own.policy.bare, true)
})

test('why a module cannot be used is a sentence with the place, and tells what a change may mend', async () => {
  const folder = folderWith({
    'syntax.ts': 'export const a = 1\nexport default: = 2\n',
    'syntax.js': "import './lib.js'\n",
    'lib.js': 'const a = 1\nconst b = = 2\n',
    'throws.ts': 'const none = undefined\nexport default none!.field\n',
    'text.ts': "throw 'a text'\n",
    'missing.ts': "import './nowhere.ts'\n",
    'package.ts': "import 'no-such-package'\n",
    'common.cjs': 'module.exports = {}\n',
    'imports-common.ts': "import './common.cjs'\n",
    'name.ts': "import { nothing } from './lib.ts'\nexport default nothing\n",
    'lib.ts': 'export const something = 1\n',
  })
  const sentences: Record<string, RegExp> = {
    'syntax.ts': /syntax\.ts:2\)$/,
    'syntax.js': /lib\.js:2\)$/,
    'throws.ts': /^Cannot read properties of undefined .*throws\.ts:2:\d+\)$/,
    'text.ts': /^it threw a text$/,
    'missing.ts': /Cannot find module '.*nowhere\.ts'/,
    'package.ts': /Cannot find package 'no-such-package'/,
    'imports-common.ts': /common\.cjs is CommonJS, which cannot be loaded anew: write it as an ES module/,
    'name.ts': /does not provide an export named 'nothing'/,
  }
  for (const [name, pattern] of Object.entries(sentences)) {
    const error = await whyNot(readCode(join(folder, name)))
    assert.match(error.message, pattern)
    assert.doesNotMatch(error.message, /tidegate=|file:/)
    assert.ok(error.files.includes(join(folder, name)), `${name} is watched`)
  }
  assert.ok((await whyNot(readCode(join(folder, 'missing.ts')))).files.includes(join(folder, 'nowhere.ts')))
  write(join(folder, 'nowhere.ts'), '')
  write(join(folder, 'missing.ts'), "import './nowhere.ts'\nexport default 'mended'\n")
  assert.equal(value(await readCode(join(folder, 'missing.ts'))), 'mended')
})

test('code that a program holds is itself, each time', async () => {
  const held = { plugin: 'policy' }
  const module = keepCode(held)
  assert.equal(keepCode(held), module)
  assert.equal(value(await importCode(module)), held)
  assert.deepEqual(filesOf(module), [])
})
