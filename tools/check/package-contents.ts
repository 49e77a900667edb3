// What `npm pack` would publish: built code, its types, the schema, documents and the licence, and nothing else; held to publint too.
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from './build.ts'
import { run } from './command.ts'
import type { Finding } from './finding.ts'

/** What may be in the package. Tests, sources and tools may not. */
const MAY = [
  /^dist\/(?!.*\.test\.).+\.(js|d\.ts)$/,
  /^docs\/.+\.md$/,
  /^schema\.json$/,
  /^(README|CHANGELOG|SECURITY)\.md$/,
  /^LICENSE$/,
  /^package\.json$/,
]
/** What must be. `schema.json` joins once the command line prints it. */
const MUST = ['LICENSE', 'README.md', 'CHANGELOG.md', 'SECURITY.md', 'package.json', 'docs/configuration.md']

interface Packed {
  readonly files: readonly { readonly path: string }[]
}

/** Builds, then judges what would be published. */
export async function checkPackage(root: string): Promise<Finding[]> {
  const wrong = await build()
  if (wrong !== '') return [{ file: 'tsconfig.build.json', line: 0, message: `does not build:\n${wrong}` }]
  const { code, stdout, stderr } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'])
  if (code !== 0) return [{ file: 'package.json', line: 0, message: `npm pack failed: ${stderr}` }]
  const [packed] = Object.values(JSON.parse(stdout) as Record<string, Packed>)
  return [...judgeContents(root, packed?.files.map((file) => file.path) ?? []), ...(await judgePublication(root))]
}

/** Compares a list of packed paths with what may and must be published, and with what package.json's entries point at. */
export function judgeContents(root: string, paths: readonly string[]): Finding[] {
  const findings: Finding[] = []
  const add = (message: string): number => findings.push({ file: 'package.json', line: 0, message })
  for (const path of paths) if (!MAY.some((pattern) => pattern.test(path))) add(`would publish ${path}`)
  const must = existsSync(join(root, 'schema.json')) ? [...MUST, 'schema.json'] : MUST
  for (const path of [...must, ...entriesOf(root)]) if (!paths.includes(path)) add(`would not publish ${path}`)
  return findings
}

/** Files below dist/ that `bin` and `exports` name. */
function entriesOf(root: string): string[] {
  const entries = new Set<string>()
  const collect = (value: unknown): void => {
    if (typeof value === 'string') entries.add(value.replace(/^\.\//, ''))
    else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) collect(inner)
  }
  const { bin, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { bin?: unknown; exports?: unknown }
  collect(bin)
  collect(exports)
  return [...entries].filter((path) => path.startsWith('dist/'))
}

async function judgePublication(root: string): Promise<Finding[]> {
  const { messages, pkg } = await publint({ pkgDir: root, pack: false, level: 'warning' })
  return messages.map((message) => ({
    file: 'package.json',
    line: 0,
    message: formatMessage(message, pkg, { color: false }) ?? message.code,
  }))
}
