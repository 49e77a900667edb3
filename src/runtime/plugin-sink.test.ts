import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { PluginSinkPlan } from '../config/plan.ts'
import { keepCode, readCode } from '../plugins/code.ts'
import { createPluginSink } from './plugin-sink.ts'

let folder = ''
before(() => void (folder = mkdtempSync(join(tmpdir(), 'tidegate-sink-'))))
after(() => rmSync(folder, { recursive: true }))

const eventually = async (holds: () => boolean): Promise<void> => {
  for (const end = performance.now() + 30_000; !holds(); await new Promise((resolve) => setTimeout(resolve, 10)))
    assert.ok(performance.now() < end, 'it did not come to that in time')
}

/** A sink whose `write` is `body`, with `lines`, `into` (a file to append to) and `fs` in reach; `calls` counts in its thread. */
async function sinkOf(name: string, body: string, end = ''): Promise<{ plan: PluginSinkPlan; got: () => string }> {
  const into = join(folder, `${name}.txt`)
  const module = join(folder, `${name}.ts`)
  writeFileSync(into, '')
  writeFileSync(
    module,
    `import fs from 'node:fs'
import { defineSink } from 'tidegate/plugin'
import { z } from 'zod'
let calls = 0
export default defineSink({
  name: 'own',
  schema: z.strictObject({ into: z.string() }),
  create: ({ into }) => ({
    async write(lines: readonly string[]) { calls++; ${body} },
    end() { ${end} },
  }),
})
`,
  )
  const code = await readCode(module)
  return {
    plan: { type: 'plugin', name, module: code.module, path: ['default'], options: { into } },
    got: () => readFileSync(into, 'utf8'),
  }
}
const keep = "fs.appendFileSync(into, lines.join('|') + ';')"

test('a sink of a plugin gets lines in order, whole, and hears of the end', async () => {
  const { plan, got } = await sinkOf('well', keep, "fs.appendFileSync(into, 'end')")
  const sink = createPluginSink(plan, {})
  sink.write(Buffer.from('a\nb\n'))
  sink.write(Buffer.from('c – ü\n'))
  await sink.end()
  assert.equal(got(), 'a|b;c – ü;end')
  assert.equal(sink.dropped, 0)
})

test('lines that a sink does not take come again, and the trouble is told once, with the place', async () => {
  const troubles: string[] = []
  let recovered = 0
  const { plan, got } = await sinkOf('rejects', `if (calls < 4) throw new Error('the far end is away'); ${keep}`)
  const sink = createPluginSink(plan, { onTrouble: ({ message }) => troubles.push(message), onRecovered: () => recovered++ })
  sink.write(Buffer.from('a\n'))
  await eventually(() => recovered === 1)
  assert.equal(got(), 'a;')
  assert.equal(troubles.length, 1)
  assert.match(troubles[0] ?? '', /the far end is away \(.*rejects\.ts:\d+:\d+\)$/)
  await sink.end()
})

test('a sink whose thread ends, or that holds its lines for ever, gets a new thread, and the lines come again', async () => {
  // Starting a thread is a part of it: on a busy machine more than a second.
  for (const [name, body, reason, hold = 2_500] of [
    ['exits', `if (!fs.existsSync(into + '.was')) { fs.writeFileSync(into + '.was', ''); process.exit(3) } ${keep}`, /ended with code 3/],
    [
      'throws',
      `if (!fs.existsSync(into + '.was')) { fs.writeFileSync(into + '.was', ''); setImmediate(() => { throw new Error('later') }); await new Promise(() => {}) } ${keep}`,
      /later/,
      30_000,
      30_000,
    ],
    ['hangs', `if (!fs.existsSync(into + '.was')) { fs.writeFileSync(into + '.was', ''); for (;;); } ${keep}`, /held lines for 2\.5 s/],
    [
      'waits',
      `if (!fs.existsSync(into + '.was')) { fs.writeFileSync(into + '.was', ''); await new Promise(() => {}) } ${keep}`,
      /held lines for 2\.5 s/,
    ],
  ] as const) {
    const troubles: string[] = []
    const { plan, got } = await sinkOf(name, body)
    const sink = createPluginSink(plan, { onTrouble: ({ message }) => troubles.push(message) }, hold)
    sink.write(Buffer.from('a\nb\n'))
    await eventually(() => got() === 'a|b;')
    assert.match(troubles.join(), reason)
    await sink.end()
    assert.equal(sink.dropped, 0)
  }
})

test('a sink that takes nothing keeps a bounded queue; what does not fit is dropped and counted, and the end is not held up', async () => {
  const { plan } = await sinkOf('never', 'await new Promise(() => {})')
  let dropped = 0
  const sink = createPluginSink(plan, { limit: 8, onDrop: (lines) => void (dropped += lines) })
  for (let i = 0; i < 10; i++) sink.write(Buffer.from(`${i}\n`))
  assert.equal(dropped, 6)
  const began = performance.now()
  await sink.end()
  assert.equal(dropped, 10)
  assert.ok(performance.now() - began < 5_000)
})

test('a sink that a program holds as a value runs where the program does', async () => {
  const got: string[] = []
  const held = { plugin: 'sink', create: () => ({ write: (lines: readonly string[]) => void got.push(...lines) }) }
  const sink = createPluginSink({ type: 'plugin', name: 'held', module: keepCode(held), path: ['default'], options: {} }, {})
  sink.write(Buffer.from('a\nb\n'))
  await sink.end()
  assert.deepEqual(got, ['a', 'b'])
})
