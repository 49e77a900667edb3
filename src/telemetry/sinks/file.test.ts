import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createFileSink } from './file.ts'

const LINUX = process.platform === 'linux'

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'tidegate-sink-'))
  t.after(() => rmSync(path, { recursive: true }))
  return path
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; !condition(); i++) {
    assert.ok(i < 400, 'not within 4 s')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

test("lines are appended, to a file that is not everybody's", async (t) => {
  const path = join(folder(t), 'access.log')
  for (const line of ['one\n', 'two\n']) {
    const sink = createFileSink(path)
    sink.write(Buffer.from(line))
    await sink.end()
  }
  assert.equal(readFileSync(path, 'utf8'), 'one\ntwo\n')
  assert.equal(statSync(path).mode & 0o007, 0)
})

test('after a rotation and reopen, new lines go to the new file and none is lost', async (t) => {
  const path = join(folder(t), 'access.log')
  const sink = createFileSink(path)
  sink.write(Buffer.from('one\n'))
  await until(() => existsSync(path) && readFileSync(path, 'utf8') === 'one\n')
  renameSync(path, `${path}.1`)
  sink.write(Buffer.from('two\n'))
  await until(() => readFileSync(`${path}.1`, 'utf8') === 'one\ntwo\n')
  sink.reopen()
  sink.write(Buffer.from('three\n'))
  await sink.end()
  assert.equal(readFileSync(`${path}.1`, 'utf8'), 'one\ntwo\n')
  assert.equal(readFileSync(path, 'utf8'), 'three\n')
  assert.equal(sink.dropped, 0)
})

test(
  'R43 a full disk costs lines, counted, and the file goes on once there is space',
  { skip: LINUX ? false : 'needs /dev/full' },
  async (t) => {
    const path = join(folder(t), 'access.log')
    symlinkSync('/dev/full', path)
    const troubles: string[] = []
    const sink = createFileSink(path, { limit: 60, onTrouble: (error) => troubles.push((error as NodeJS.ErrnoException).code ?? '') })
    for (let i = 0; i < 10; i++) sink.write(Buffer.from(`line ${i}...\n`))
    await until(() => troubles.length > 0)
    assert.deepEqual(troubles, ['ENOSPC'])
    assert.ok(sink.dropped > 0)
    rmSync(path)
    sink.reopen()
    await until(() => existsSync(path) && readFileSync(path, 'utf8') !== '')
    sink.write(Buffer.from('line 10\n'))
    const { dropped } = sink
    await sink.end()
    assert.equal(readFileSync(path, 'utf8').trimEnd().split('\n').length, 11 - dropped)
    assert.ok(readFileSync(path, 'utf8').endsWith('line 10\n'))
  },
)

test('R43 a folder that is missing at first costs nothing', async (t) => {
  const path = join(folder(t), 'later', 'access.log')
  const troubles: unknown[] = []
  const sink = createFileSink(path, { onTrouble: (error) => troubles.push(error) })
  sink.write(Buffer.from('one\n'))
  await until(() => troubles.length > 0)
  mkdirSync(join(path, '..'))
  await until(() => existsSync(path))
  await sink.end()
  assert.equal(readFileSync(path, 'utf8'), 'one\n')
  assert.equal(sink.dropped, 0)
})

test(
  'R43 a FIFO without a reader holds nothing up, and gets its lines when the reader comes',
  { skip: LINUX ? false : 'needs mkfifo' },
  async (t) => {
    const path = join(folder(t), 'access.fifo')
    execFileSync('mkfifo', [path])
    const troubles: string[] = []
    const sink = createFileSink(path, { onTrouble: (error) => troubles.push((error as NodeJS.ErrnoException).code ?? '') })
    sink.write(Buffer.from('one\n'))
    await until(() => troubles.length > 0)
    assert.deepEqual(troubles, ['ENXIO'])
    const reader = await open(path, 'r')
    try {
      await sink.end()
      assert.equal((await reader.read(Buffer.alloc(16), 0, 16)).bytesRead, 4)
    } finally {
      await reader.close()
    }
  },
)
