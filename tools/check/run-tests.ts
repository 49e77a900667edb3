// `npm test`: runs every test beside the code and below test/, two files at a time; `npm test -- PATTERN …` the files whose path holds one.
// Prints one line a file, each failure in full, and node's own summary at the end. Long runs (fuzz, soak, real systems) are commands of
// their own and stay out.
import { globSync } from 'node:fs'
import { join, relative } from 'node:path'
import { run } from 'node:test'
import { inspect } from 'node:util'
import { environment, ROOT } from './command.ts'

const PATTERNS = ['src/**/*.test.ts', 'test/**/*.test.ts', 'tools/**/*.test.ts', 'bench/**/*.test.ts']
const APART = /^test\/(soak|real)\b|^test\/fuzz\/run\b|node_modules/
/** A file that takes longer hangs. */
const FILE_TIMEOUT = 120_000

interface Tally {
  passed: number
  failed: number
  skipped: number
}

const wanted = process.argv.slice(2)
const files = globSync(PATTERNS, { cwd: ROOT })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => !APART.test(path) && (wanted.length === 0 || wanted.some((part) => path.includes(part))))
  .toSorted()

// Tests start programs (`tidegate`, `node`) as a shell would: by the checkout's own path.
process.env['PATH'] = environment().PATH
// Each test file and each program that one starts would strip the types of the same sources once more.
process.env['NODE_COMPILE_CACHE'] ??= join(ROOT, 'node_modules/.cache/compile')
process.chdir(ROOT)

const tallies = new Map<string, Tally>()
const tallyOf = (file: string): Tally => {
  const tally = tallies.get(file) ?? { passed: 0, failed: 0, skipped: 0 }
  tallies.set(file, tally)
  return tally
}
const pathOf = (file: string | undefined): string => (file === undefined ? '?' : relative(ROOT, file).replaceAll('\\', '/'))

const summary: string[] = []
const empty: string[] = []
let total = 0
let success = false

// `concurrency` counts files: each runs in a process of its own.
for await (const event of run({ files, concurrency: 2, timeout: FILE_TIMEOUT })) {
  switch (event.type) {
    case 'test:pass': {
      if (event.data.details.type === 'suite') break
      // Without a test of its own the file itself is told as one.
      if (event.data.name === pathOf(event.data.file)) {
        empty.push(event.data.name)
        break
      }
      const tally = tallyOf(pathOf(event.data.file))
      if (event.data.skip === undefined) tally.passed++
      else {
        tally.skipped++
        console.log(`- skipped: ${event.data.name} (${event.data.skip === true ? 'no reason given' : event.data.skip})`)
      }
      break
    }
    case 'test:fail': {
      const { cause, failureType } = event.data.details.error as Error & { failureType?: string }
      if (event.data.details.type !== 'suite') tallyOf(pathOf(event.data.file)).failed++
      // A suite fails with its parts, which have told already.
      if (failureType === 'subtestsFailed') break
      console.log(`✖ ${event.data.name}\n  ${pathOf(event.data.file)}:${event.data.line ?? 0}`)
      console.log(`${inspect(cause ?? event.data.details.error, { depth: 6 })}\n`.replace(/^(?=.)/gm, '    '))
      break
    }
    case 'test:stdout':
    case 'test:stderr':
      process.stdout.write(event.data.message)
      break
    case 'test:diagnostic':
      if (event.data.file === undefined) summary.push(event.data.message)
      break
    case 'test:summary': {
      const { file, counts, duration_ms: duration } = event.data
      if (file === undefined) {
        total = counts.tests
        success = event.data.success
        break
      }
      const path = pathOf(file)
      const tally = tallyOf(path)
      const parts = [
        `${tally.passed} passed`,
        tally.failed > 0 ? `${tally.failed} failed` : '',
        tally.skipped > 0 ? `${tally.skipped} skipped` : '',
      ]
      console.log(`${tally.failed > 0 ? '✖' : '✔'} ${path}  ${parts.filter(Boolean).join(', ')}  ${(duration / 1000).toFixed(1)} s`)
      break
    }
    default:
  }
}

for (const path of empty) console.log(`✖ ${path}  holds no test`)
for (const line of summary) console.log(`# ${line}`)
if (total === 0) console.error(wanted.length === 0 ? 'no test was run' : `no test file's path holds ${wanted.join(' or ')}`)
if (total === 0 || !success || empty.length > 0) process.exitCode = 1
