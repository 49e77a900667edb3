// Where and with what a run was made, and how it is kept under results/.
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { figuresOf, tableOf, type CaseResult } from './report.ts'

const results = fileURLToPath(new URL('results/', import.meta.url))

export interface Setting {
  readonly date: string
  /** Abbreviated, with `-dirty` when the checkout had changes of its own. */
  readonly commit: string
  readonly command: string
  readonly rounds: number
  readonly seconds: number
  readonly machine: string
  readonly versions: Readonly<Record<string, string>>
  /** Contenders that were wanted and could not take part, with the reason. */
  readonly missing: Readonly<Record<string, string>>
}

/** The commit, the moment and the machine of this run. */
export function settingOf(run: Pick<Setting, 'rounds' | 'seconds' | 'versions' | 'missing'>, args: readonly string[]): Setting {
  const quoted = args.map((arg) => (/^[\w.,=/-]+$/.test(arg) ? arg : JSON.stringify(arg)))
  const gibibytes = (totalmem() / 2 ** 30).toFixed(0)
  return {
    date: new Date().toISOString(),
    commit: commitOf(),
    command: ['npm run bench --', ...quoted].join(' '),
    machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${gibibytes} GiB, Linux ${release()}`,
    ...run,
  }
}

function commitOf(): string {
  try {
    const cwd = fileURLToPath(new URL('.', import.meta.url))
    return execFileSync('git', ['describe', '--always', '--dirty', '--exclude=*'], {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    // An hour of rounds is not thrown away because the sources were unpacked from an archive.
    return 'unknown'
  }
}

/** The whole report in Markdown. */
export function documentOf(setting: Setting, cases: readonly CaseResult[]): string {
  const lines = [
    `# Benchmark of ${setting.date.slice(0, 10)}, commit ${setting.commit}`,
    '',
    `\`${setting.command}\`, ${setting.rounds} rounds of ${setting.seconds} s on ${setting.machine}. How to read it: [bench/README.md](../README.md).`,
    '',
    ...Object.entries(setting.versions).map(([name, version]) => `- ${name}: ${version}`),
    ...Object.entries(setting.missing).map(([name, reason]) => `- **${name} did not take part:** ${reason.split('\n')[0]}`),
    '',
    cases.map((each) => tableOf(each)).join('\n\n'),
    '',
  ]
  return lines.join('\n')
}

/** Writes the report and every round beside it; returns the path of the report. */
export function save(setting: Setting, cases: readonly CaseResult[]): string {
  mkdirSync(results, { recursive: true })
  const name = `${setting.date.slice(0, 16).replace(':', '')}-${setting.commit}`
  const record = { ...setting, cases: cases.map((each) => ({ ...each, figures: figuresOf(each.outcomes) })) }
  writeFileSync(`${results}${name}.json`, JSON.stringify(record, undefined, 1) + '\n')
  writeFileSync(`${results}${name}.md`, documentOf(setting, cases))
  return `${results}${name}.md`
}
