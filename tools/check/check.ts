// `npm run check`: every check that is not a test, two at a time. Prints one line a check, and the output of those that failed.
// `npm run check -- NAME …` runs the named ones alone.
import { ROOT, run } from './command.ts'
import { checkFiles } from './file-rules.ts'
import { type Finding, printed } from './finding.ts'
import { checkLayers } from './layer-check.ts'
import { readLayerTable } from './layer-table.ts'
import { checkLintConfig } from './lint-config.ts'
import { checkPackage } from './package-contents.ts'
import { checkSourceRules } from './source-rules.ts'
import { checkSupplyChain } from './supply-chain.ts'
import { checkTests } from './test-rules.ts'

interface Check {
  readonly name: string
  /** Resolves to what is wrong; '' when nothing is. */
  readonly run: () => Promise<string>
}

const command = (name: string, program: string, ...args: string[]): Check => ({
  name,
  run: async () => {
    const { code, stdout, stderr } = await run(program, args)
    return code === 0 ? '' : `${stdout}${stderr}`.trimEnd() || `${program} ended with ${code}`
  },
})

const own = (name: string, check: () => Finding[] | Promise<Finding[]>): Check => ({
  name,
  run: async () => (await check()).map(printed).join('\n'),
})

// The slowest first, so that two lanes end at about the same time.
const checks: readonly Check[] = [
  own('package', () => checkPackage(ROOT)),
  command('dead code', 'knip', '--no-progress', '--no-config-hints'),
  command('types', 'tsc', '-p', 'tsconfig.json', '--noEmit'),
  command('lint', 'oxlint', '--type-aware', '--format', 'unix'),
  command('format', 'oxfmt', '--check', '.'),
  own('lint config', () => checkLintConfig(ROOT)),
  own('layers', () => checkLayers(ROOT, readLayerTable(ROOT))),
  own('source rules', () => checkSourceRules(ROOT, readLayerTable(ROOT))),
  own('files', () => checkFiles(ROOT)),
  own('tests', () => checkTests(ROOT)),
  own('supply chain', () => checkSupplyChain(ROOT)),
]

const LANES = 2

/** Runs the checks, prints their lines, and returns how many failed. */
async function runAll(chosen: readonly Check[]): Promise<number> {
  const waiting = [...chosen]
  let failed = 0
  const lane = async (): Promise<void> => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const started = performance.now()
      const wrong = await check.run().catch((error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error)))
      const seconds = ((performance.now() - started) / 1000).toFixed(1).padStart(5)
      console.log(`${wrong === '' ? 'ok  ' : 'FAIL'} ${check.name.padEnd(13)}${seconds} s`)
      if (wrong === '') continue
      failed++
      console.log(wrong.replace(/^/gm, '     '))
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  return failed
}

const names = process.argv.slice(2)
const unknown = names.filter((name) => !checks.some((check) => check.name === name))
if (unknown.length > 0) {
  console.error(`no check is called ${unknown.join(', ')}; there are: ${checks.map((check) => check.name).join(', ')}`)
  process.exitCode = 2
} else {
  const failed = await runAll(names.length === 0 ? checks : checks.filter((check) => names.includes(check.name)))
  if (failed > 0) {
    console.log(`${failed} of ${names.length || checks.length} checks failed`)
    process.exitCode = 1
  }
}
