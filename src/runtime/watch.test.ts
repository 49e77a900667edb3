import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type TestContext, test } from 'node:test'
import { watchFiles } from './watch.ts'

/** Watches `a.yaml` and a pattern in a folder of its own, without polling within the test's time. */
async function watched(t: TestContext): Promise<{ folder: string; changes: () => number; change: (act: () => void) => Promise<number> }> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tidegate-watch-')))
  const file = join(folder, 'a.yaml')
  writeFileSync(file, 'one')
  let changes = 0
  const end = watchFiles({ files: () => [file], globs: () => [join(folder, 'teams/*.yaml')], changed: () => changes++, poll: 60_000 })
  t.after(async () => {
    await end()
    rmSync(folder, { recursive: true })
  })
  await setTimeout(200)
  return {
    folder,
    changes: () => changes,
    /** Milliseconds until what `act` did counted as one more change. */
    async change(act) {
      const [before, began] = [changes, performance.now()]
      act()
      for (const seen = (): boolean => changes > before; !seen();) {
        assert.ok(performance.now() - began < 4_000, 'the change was not seen')
        await setTimeout(10)
      }
      return performance.now() - began
    },
  }
}

test('R35 a folder that is never quiet does not hide a change of a file in it', { timeout: 10_000 }, async (t) => {
  const { folder, changes, change } = await watched(t)
  const noise = setInterval(() => writeFileSync(join(folder, 'noise'), 'x', { flag: 'a' }), 5)
  t.after(() => clearInterval(noise))
  await setTimeout(300)
  assert.equal(changes(), 0)
  assert.ok((await change(() => writeFileSync(join(folder, 'a.yaml'), 'two!'))) < 1_500)
})

test('R35 in a folder that is never quiet a file that is being written is not read', { timeout: 10_000 }, async (t) => {
  const { folder, changes } = await watched(t)
  const noise = setInterval(() => writeFileSync(join(folder, 'noise'), 'x', { flag: 'a' }), 5)
  t.after(() => clearInterval(noise))
  for (let i = 0; i < 12; i++, await setTimeout(60)) writeFileSync(join(folder, 'a.yaml'), 'x'.repeat(10 + i))
  assert.equal(changes(), 0)
})

test('files that come to match a pattern are changes, also in a folder that came, went and came again', { timeout: 20_000 }, async (t) => {
  const { folder, change } = await watched(t)
  const teams = join(folder, 'teams')
  await change(() => {
    mkdirSync(teams)
    writeFileSync(join(teams, 'x.yaml'), 'x')
  })
  await change(() => writeFileSync(join(teams, 'y.yaml'), 'y'))
  await change(() => rmSync(join(teams, 'x.yaml')))
  await change(() => rmSync(teams, { recursive: true }))
  await change(() => {
    mkdirSync(teams)
    writeFileSync(join(teams, 'x.yaml'), 'x')
  })
  // The folder is another one under its old name: what happens in it is seen again.
  assert.ok((await change(() => writeFileSync(join(teams, 'x.yaml'), 'longer'))) < 1_500)
})
