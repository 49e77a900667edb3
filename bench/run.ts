// `npm run bench`: starts the upstream and every contender, loads them in turn, and reports ratios to nginx.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Scope } from '../src/base/scope.ts'
import { reference } from './cases.ts'
import { readOptions, usage, type Options } from './options.ts'
import { versionOf } from './process.ts'
import { documentOf, save, settingOf } from './record.ts'
import { headingOf, tableOf, type CaseResult } from './report.ts'
import { runCase } from './rounds.ts'
import { judge, openStand, type Stand } from './stand.ts'
import { startUpstream } from './upstream.ts'

const tell = (line: string) => void process.stderr.write(`${line}\n`)

/** Runs everything that the options ask for; false when a contender failed under load. */
async function bench(options: Options, scope: Scope): Promise<boolean> {
  const wrk = await versionOf('sh', ['-c', 'wrk -v; true'], /wrk \S+/)
  if (wrk === undefined) throw new Error('wrk is not installed')
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'tidegate-bench-'))
  scope.add(() => rmSync(folder, { recursive: true, force: true }))
  const upstream = await startUpstream(join(folder, 'upstream'), options.cores.loader)
  scope.add(() => upstream.running.end())

  const stands: Stand[] = []
  const missing: Record<string, string> = {}
  const needed = new Set([reference, ...options.cases.flatMap((each) => each.contenders)])
  for (const contender of options.contenders.filter((each) => needed.has(each.name))) {
    try {
      const stand = await openStand(contender, { folder, upstreamPort: upstream.port, cores: options.cores.contender })
      scope.add(() => stand.running.end())
      stands.push(stand)
    } catch (error) {
      missing[contender.name] = error instanceof Error ? error.message : String(error)
      tell(`left out: ${contender.name}: ${missing[contender.name]}`)
    }
  }
  if (!stands.some((stand) => stand.name === reference)) throw new Error(`nothing to compare with: ${reference} is missing`)

  const results: CaseResult[] = []
  for (const each of options.cases) {
    const taking = stands.filter((stand) => stand.name === reference || each.contenders.includes(stand.name))
    if (taking.length === 1) continue
    const refused = new Map<string, string>()
    for (const stand of taking) {
      const fault = await judge(each, stand.port, upstream.port).catch((error: Error) => error.message)
      if (fault !== undefined) refused.set(stand.name, fault)
    }
    const fit = taking.filter((stand) => !refused.has(stand.name))
    for (const connections of options.connections) {
      tell(`${headingOf(each, connections)}: ${fit.map((stand) => stand.name).join(' ')}`)
      const loading = { connections, rounds: options.rounds, seconds: options.seconds, cores: options.cores.loader }
      const outcomes = await runCase(each, fit, loading, tell)
      for (const { name, version } of taking) {
        const failure = refused.get(name)
        if (failure !== undefined) outcomes.push({ contender: name, version, rounds: [], failure, memory: 0 })
      }
      const result = { case: each.name, title: each.title, connections, outcomes }
      results.push(result)
      tell(`\n${tableOf(result)}\n`)
    }
  }
  const versions = { wrk, upstream: (await versionOf('nginx', ['-v'], /nginx\/[\d.]+/)) ?? '', ...versionsOf(stands) }
  const setting = settingOf({ rounds: options.rounds, seconds: options.seconds, versions, missing }, process.argv.slice(2))
  process.stdout.write(documentOf(setting, results))
  if (options.save) tell(`saved: ${save(setting, results)}`)
  return results.every((result) => result.outcomes.every((outcome) => outcome.failure === undefined))
}

const versionsOf = (stands: readonly Stand[]) => Object.fromEntries(stands.map((stand) => [stand.name, stand.version]))

const scope = new Scope()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void scope.end().finally(() => process.exit(1)))
try {
  const options = readOptions(process.argv.slice(2))
  if (options === undefined) process.stdout.write(`${usage}\n`)
  else if (!(await bench(options, scope))) process.exitCode = 1
} catch (error) {
  tell(error instanceof Error ? error.message : String(error))
  process.exitCode = 2
} finally {
  await scope.end()
}
