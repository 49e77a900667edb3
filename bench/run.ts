// `npm run bench`: starts the upstream and every contender, loads them in turn, and reports ratios to nginx.
import { reference, type Case } from './cases.ts'
import { measureOn, messageOf, tell, type Ground } from './ground.ts'
import { readOptions, usage, type Options } from './options.ts'
import { versionOf } from './process.ts'
import { documentOf, save, settingOf } from './record.ts'
import { tableOf, type CaseResult } from './report.ts'
import { runCase, type Outcome } from './rounds.ts'
import { judge, type Stand } from './stand.ts'

/** Runs everything that the options ask for; false when a contender failed. */
async function bench(options: Options, ground: Ground): Promise<boolean> {
  const { stands, missing } = await openAll(options, ground)
  if (!stands.some((stand) => stand.name === reference)) throw new Error(`nothing to compare with: ${reference} is missing`)
  const results: CaseResult[] = []
  for (const each of options.cases) {
    const taking = stands.filter((stand) => stand.name === reference || each.contenders.includes(stand.name))
    if (taking.length === 1) continue
    const refused = await judgeAll(each, taking, ground)
    const fit = taking.filter((stand) => !refused.some((outcome) => outcome.contender === stand.name))
    for (const connections of options.connections) {
      tell(`${each.name}, ${connections} connections: ${fit.map((stand) => stand.name).join(' ')}`)
      const loading = { connections, rounds: options.rounds, seconds: options.seconds, cores: ground.loaderCores }
      const outcomes = [...(await runCase(each, fit, loading)), ...refused]
      const result = { case: each.name, title: each.title, connections, outcomes }
      results.push(result)
      tell(`\n${tableOf(result)}\n`)
    }
  }
  const upstream = (await versionOf('nginx', ['-v'], /nginx\/[\d.]+/)) ?? 'nginx'
  const versions = { wrk: ground.wrk, upstream, ...Object.fromEntries(stands.map((stand) => [stand.name, stand.version])) }
  const setting = settingOf({ rounds: options.rounds, seconds: options.seconds, versions, missing }, process.argv.slice(2))
  process.stdout.write(documentOf(setting, results))
  if (options.save) tell(`saved: ${save(setting, results)}`)
  return results.every((result) => result.outcomes.every((outcome) => outcome.failure === undefined))
}

/** Starts every contender that a case needs; who cannot be started is missing, with the reason. */
async function openAll(options: Options, ground: Ground): Promise<{ stands: Stand[]; missing: Record<string, string> }> {
  const needed = new Set([reference, ...options.cases.flatMap((each) => each.contenders)])
  const stands: Stand[] = []
  const missing: Record<string, string> = {}
  for (const contender of options.contenders.filter((each) => needed.has(each.name))) {
    try {
      stands.push(await ground.open(contender))
    } catch (error) {
      missing[contender.name] = messageOf(error)
      tell(`left out: ${contender.name}: ${messageOf(error)}`)
    }
  }
  return { stands, missing }
}

/** The outcomes of those who do not answer the case as the upstream does. */
async function judgeAll(of: Case, stands: readonly Stand[], ground: Ground): Promise<Outcome[]> {
  const refused: Outcome[] = []
  for (const { name, version, port } of stands) {
    const failure = await judge(of, port, ground.place.upstreamPort).catch(messageOf)
    if (failure !== undefined) refused.push({ contender: name, version, rounds: [], failure, memory: 0 })
  }
  return refused
}

let options: Options | undefined
try {
  options = readOptions(process.argv.slice(2))
} catch (error) {
  tell(messageOf(error))
  process.exit(2)
}
if (options === undefined) process.stdout.write(`${usage}\n`)
else await measureOn(options.cores, (ground) => bench(options, ground))
