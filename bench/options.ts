// The command line of the benchmark.
import { parseArgs } from 'node:util'
import { cases, contenders, reference, type Case } from './cases.ts'
import type { Contender } from './contender.ts'
import { spike } from './contenders/spike.ts'

export const usage = `npm run bench -- [options]

  --rounds N             rounds of each case (15)
  --seconds S            load on each contender in each round (1.5)
  --connections N,N      (32,256)
  --cases NAME,…         ${cases.map((each) => each.name).join(' ')}
  --contenders NAME,…    ${contenders.map((each) => each.name).join(' ')}
  --spike COMMAND        another contender in every case: PORT and UPSTREAM_PORT stand in its environment;
                         repeatable, \`name=command\` gives it a name
  --quick                5 rounds, nginx and tidegate only
  --cores A,B            contenders on core A, loader and upstream on core B (0,1)
  --save                 write bench/results/<date>-<commit>.{md,json}
  --help`

export interface Options {
  readonly rounds: number
  readonly seconds: number
  readonly connections: readonly number[]
  readonly cases: readonly Case[]
  /** In the order of `contenders`, spikes last, the reference always among them. */
  readonly contenders: readonly Contender[]
  readonly cores: { readonly contender: string; readonly loader: string }
  readonly save: boolean
}

/** Reads the arguments; throws an Error with a sentence for the user. Returns undefined when help is asked for. */
export function readOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string' },
      seconds: { type: 'string', default: '1.5' },
      connections: { type: 'string', default: '32,256' },
      cases: { type: 'string' },
      contenders: { type: 'string' },
      spike: { type: 'string', multiple: true, default: [] },
      quick: { type: 'boolean', default: false },
      cores: { type: 'string', default: '0,1' },
      save: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return undefined
  const spikes = values.spike.map(spike)
  const wanted = values.contenders ?? (values.quick ? contenders.filter(isTidegate).map(nameOf).join(',') : undefined)
  const known = chosen('contender', wanted, contenders)
  const taking = contenders.filter((each) => each.name === reference || known.includes(each))
  const [contender, loader, ...more] = values.cores.split(',')
  if (contender === undefined || loader === undefined || more.length > 0) throw new Error('--cores takes two cores, such as 0,1')
  return {
    rounds: positive('rounds', values.rounds ?? (values.quick ? '5' : '15'), true),
    seconds: positive('seconds', values.seconds, false),
    connections: values.connections.split(',').map((each) => positive('connections', each, true)),
    cases: chosen('case', values.cases, cases).map((each) => ({ ...each, contenders: [...each.contenders, ...spikes.map(nameOf)] })),
    contenders: [...taking, ...spikes],
    cores: { contender, loader },
    save: values.save,
  }
}

const nameOf = (named: { readonly name: string }) => named.name
const isTidegate = (contender: Contender) => contender.name.startsWith('tidegate')

function chosen<T extends { readonly name: string }>(kind: string, names: string | undefined, all: readonly T[]): readonly T[] {
  if (names === undefined) return all
  const listed = names.split(',')
  const unknown = listed.find((name) => !all.some((each) => each.name === name))
  if (unknown !== undefined) throw new Error(`there is no ${kind} ${unknown}: ${all.map(nameOf).join(' ')}`)
  return all.filter((each) => listed.includes(each.name))
}

function positive(name: string, text: string, whole: boolean): number {
  const value = Number(text)
  if (!(value > 0) || (whole && !Number.isInteger(value))) throw new Error(`--${name} takes a positive number, not ${text}`)
  return value
}
