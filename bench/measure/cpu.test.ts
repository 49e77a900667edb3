import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { cpuBetween, sampleCpu, treeOf } from './cpu.ts'

const MS = 1e6

test(
  'CPU time counts the children of a process',
  { skip: !existsSync('/proc/self/schedstat') && 'the kernel has no schedstat' },
  async () => {
    // A shell that works not itself but through a child, which tells how much it used.
    const work =
      'const t = process.cpuUsage(); while (process.cpuUsage(t).user < 200_000); console.log("done"); setInterval(() => {}, 1000)'
    const shell = spawn('sh', ['-c', `"$0" -e '${work}' & wait`, process.execPath], { stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      const before = await sampleCpu(shell.pid as number)
      await once(shell.stdout, 'data')
      const tree = await treeOf(shell.pid as number)
      const used = cpuBetween(before, await sampleCpu(shell.pid as number))
      assert.equal(tree.length, 2)
      assert.ok(used >= 190 * MS && used < 2_000 * MS, `${used / MS} ms`)
    } finally {
      for (const pid of (await treeOf(shell.pid as number)).toReversed()) process.kill(pid)
    }
  },
)

test('a thread that was there before counts from where it stood, a new one in full', () => {
  const before = new Map([[1, { threads: new Map([['1', 10]]), coarse: 0 }]])
  const after = new Map([
    [
      1,
      {
        threads: new Map([
          ['1', 15],
          ['2', 7],
        ]),
        coarse: 0,
      },
    ],
    [9, { threads: new Map([['9', 100]]), coarse: 0 }],
  ])
  assert.equal(cpuBetween(before, after), 5 + 7 + 100)
})

test('when a thread has ended, the ticks of its process are believed', () => {
  const before = new Map([
    [
      1,
      {
        threads: new Map([
          ['1', 10],
          ['2', 90],
        ]),
        coarse: 100,
      },
    ],
  ])
  const after = new Map([[1, { threads: new Map([['1', 20]]), coarse: 140 }]])
  assert.equal(cpuBetween(before, after), 40)
})
