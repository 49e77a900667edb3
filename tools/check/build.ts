// `npm run build`: compiles src/ into dist/ (JavaScript and declarations) and writes schema.json, the configuration's JSON Schema.
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, run } from './command.ts'

/** Builds. Resolves to what went wrong; '' when nothing did. */
export async function build(): Promise<string> {
  rmSync(join(ROOT, 'dist'), { recursive: true, force: true })
  const compiled = await run('tsc', ['-p', 'tsconfig.build.json'])
  if (compiled.code !== 0) return compiled.stdout + compiled.stderr
  const main = join(ROOT, 'dist/cli/main.js')
  if (!existsSync(main)) return ''
  const printed = await run(process.execPath, [main, 'schema'])
  if (printed.code !== 0) return `tidegate schema ended with ${printed.code}: ${printed.stderr}`
  writeFileSync(join(ROOT, 'schema.json'), printed.stdout)
  return ''
}

if (import.meta.main) {
  const wrong = await build()
  if (wrong !== '') {
    console.error(wrong)
    process.exitCode = 1
  }
}
