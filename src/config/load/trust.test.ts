import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createRegistry } from '../../pipeline/registry.ts'
import { readText } from './files.ts'
import { loadConfig, type Loaded } from './load.ts'
import { doubtAbout } from './trust.ts'

const folder = mkdtempSync(join(tmpdir(), 'trust-'))
after(() => rmSync(folder, { recursive: true }))
const at = (name: string): string => join(folder, name)
const put = (name: string, text: string, mode = 0o600): void => {
  writeFileSync(at(name), text)
  chmodSync(at(name), mode)
}
const load = (more: { distrust?: boolean; strict?: boolean }): Promise<Loaded> =>
  loadConfig({ files: ['tidegate.yaml'], cwd: folder, env: {}, overrides: [], registry: createRegistry([]), ...more })
const said = ({ findings }: Loaded): string[] =>
  findings.map(({ file, severity, message }) => `${severity} ${file} ${message.split(';')[0]}`)

const MAIN = 'version: 1\ninclude: [more.yaml]\ntelemetry: { service: "${file:secret}" }\n'
const MORE = 'routes: { a: { match: /a, reply: { status: 200 } } }\n'

test('A80 a file, an included one and a secret that others may write are warnings, and errors for whoever wants them', async () => {
  put('tidegate.yaml', MAIN)
  put('more.yaml', MORE)
  put('secret', 'hush\n')
  assert.deepEqual(said(await load({ distrust: true, strict: true })), [])
  chmodSync(at('tidegate.yaml'), 0o602)
  chmodSync(at('more.yaml'), 0o666)
  chmodSync(at('secret'), 0o622)
  const warned = await load({ distrust: true })
  assert.deepEqual(said(warned).toSorted(), [
    'warning more.yaml may be written by everybody (mode 0666)',
    'warning secret may be written by everybody (mode 0622)',
    'warning tidegate.yaml may be written by everybody (mode 0602)',
  ])
  assert.notEqual(warned.plan, undefined)
  const strict = await load({ distrust: true, strict: true })
  assert.equal(strict.plan, undefined)
  assert.ok(said(strict).every((line) => line.startsWith('error ')))
  // A program that loads a configuration has no opinion on its files.
  assert.deepEqual(said(await load({})), [])
})

test('A80 so is a file in a folder where others may put another one in its place', async () => {
  for (const name of ['tidegate.yaml', 'more.yaml', 'secret']) chmodSync(at(name), 0o600)
  chmodSync(folder, 0o777)
  assert.match(
    said(await load({ distrust: true })).join('\n'),
    /tidegate\.yaml lies in a folder that may be written by everybody \(mode 0777\)/,
  )
  // As in /tmp: nobody moves what is somebody else's.
  chmodSync(folder, 0o1777)
  assert.deepEqual(said(await load({ distrust: true })), [])
  chmodSync(folder, 0o700)
})

test('A80 root and the own user are trusted, their groups of the same number too, and nobody else', () => {
  put('file', '')
  const stat = (change: { mode?: number; uid?: number; gid?: number }) => Object.assign(statSync(at('file')), { uid: 7, gid: 7 }, change)
  const doubt = (change: { mode?: number; uid?: number; gid?: number }): string | undefined => doubtAbout(at('file'), stat(change), 7)
  assert.equal(doubt({}), undefined)
  assert.equal(doubt({ uid: 0, gid: 0 }), undefined)
  assert.equal(doubt({ mode: 0o100664 }), undefined)
  assert.match(doubt({ mode: 0o100664, gid: 8 }) ?? '', /^may be written by group 8 \(mode 0664\)/)
  assert.equal(doubt({ mode: 0o100644, gid: 8 }), undefined)
  assert.match(doubt({ uid: 8 }) ?? '', /^belongs to user 8/)
})

test('A80 links are resolved once: what is read is the file of one moment, whole, and the path that is told is that file’s', () => {
  mkdirSync(at('old'))
  mkdirSync(at('new'))
  put('old/tidegate.yaml', 'old')
  put('new/tidegate.yaml', 'new')
  symlinkSync('old', at('..data'))
  symlinkSync('..data/tidegate.yaml', at('linked.yaml'))
  assert.deepEqual(readText(at('linked.yaml')), { text: 'old', real: at('old/tidegate.yaml'), doubt: undefined })
  // As Kubernetes swaps a ConfigMap.
  symlinkSync('new', at('..next'))
  renameSync(at('..next'), at('..data'))
  assert.deepEqual(readText(at('linked.yaml')), { text: 'new', real: at('new/tidegate.yaml'), doubt: undefined })
  chmodSync(at('new'), 0o777)
  const read = readText(at('linked.yaml'))
  assert.match('doubt' in read ? (read.doubt ?? '') : '', /^lies in a folder/)
})
