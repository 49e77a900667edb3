import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

interface Report {
  readonly dropped: number
  readonly lines: number
}

const WRITER = fileURLToPath(new URL('../../../test/telemetry/stdout-writer.ts', import.meta.url))

function start(rounds: number, stdout: 'pipe' | number): { child: ChildProcess; report: Promise<Report>; exit: Promise<unknown> } {
  const child = spawn(process.execPath, [WRITER, String(rounds)], { stdio: ['ignore', stdout, 'inherit', 'ipc'] })
  return { child, report: once(child, 'message').then(([report]) => report as Report), exit: once(child, 'exit') }
}

const count = (text: string): number => text.split('a line of the access log\n').length - 1

async function read(stream: Readable): Promise<string> {
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  return text
}

test('a pipe that is read gets every line', { timeout: 10_000 }, async () => {
  const { child, report, exit } = start(40, 'pipe')
  const [text, { dropped, lines }] = await Promise.all([read(child.stdout as Readable), report])
  await exit
  assert.equal(dropped, 0)
  assert.equal(count(text), lines)
})

test('a file gets every line', { timeout: 10_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-stdout-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const descriptor = openSync(join(folder, 'out'), 'a')
  const { report, exit } = start(20, descriptor)
  closeSync(descriptor)
  const { dropped, lines } = await report
  await exit
  assert.equal(dropped, 0)
  assert.equal(count(readFileSync(join(folder, 'out'), 'utf8')), lines)
})

test('R43 a pipe that nobody reads stops neither the loop nor the exit, and drops are counted', { timeout: 10_000 }, async () => {
  const { child, report, exit } = start(60, 'pipe')
  // A write that waited for the reader would wait for ever, and so would this.
  const { dropped } = await report
  assert.deepEqual(await exit, [0, null])
  assert.ok(dropped > 0)
  child.stdout?.destroy()
})

test('R43 a pipe whose reader has gone ends nothing, and drops are counted', { timeout: 10_000 }, async () => {
  const { child, report, exit } = start(20, 'pipe')
  child.stdout?.destroy()
  const { dropped } = await report
  assert.deepEqual(await exit, [0, null])
  assert.ok(dropped > 0)
})
