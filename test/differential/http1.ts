// The engine's two readers against `node:http`: both get the same bytes, and ours may be stricter, never laxer.
// node test/differential/http1.ts [--inputs N] [--seed S]: that many generated inputs; prints with which of them we are laxer, and ends
// with 1 when there is one. `laxer.json` lists where we are meant to be.
import { readFileSync } from 'node:fs'
import { isDeepStrictEqual, parseArgs } from 'node:util'
import { requestCases, responseCases } from '../conformance/corpus.ts'
import type { ResponseCase } from '../conformance/corpus.ts'
import { clientBytes, mutate, serviceBytes } from '../fuzz/generate.ts'
import { seeded } from '../harness/seeded.ts'
import { readAnswer, RequestReader } from './http1-engine.ts'
import { NodeClient, NodeServer } from './http1-node.ts'
import { laxer } from './http1-verdict.ts'
import type { Reading } from './http1-verdict.ts'

/** One input to both. */
interface Input {
  /** The corpus case, or how to make it again. */
  readonly id: string
  readonly side: 'request' | 'response'
  readonly raw: string
  readonly fin: boolean
  /** Of the request that a response answers. */
  readonly method: string
  readonly upgrade: boolean
}

export interface Finding extends Input {
  /** In what we are laxer. */
  readonly wrong: string
}

/** A message with which we are meant to be laxer. */
export interface Allowed {
  /** Of a corpus case, or of a message that stands here. */
  readonly id: string
  /** Why, with the source that says so. */
  readonly reason: string
  readonly side?: Input['side']
  readonly raw?: string
  /** Rewrites a message that is odd in the same way into its plain spelling: a pattern and what takes its place. */
  readonly plain?: readonly [pattern: string, replacement: string]
}

export const allowed = JSON.parse(readFileSync(new URL('laxer.json', import.meta.url), 'utf8')) as readonly Allowed[]

/** Connections to node side by side. */
const LANES = 16

// The others tell of when bytes come, not of what they are.
const answers = responseCases.filter(({ when }) => when === 'after-request' || when === 'before-request-end')
const upgrades = ({ request = '' }: ResponseCase): boolean => /\r\nupgrade: websocket\r\n/i.test(request)

/** Every message of both corpora, and those of `laxer.json`. */
export const namedInputs: readonly Input[] = [
  ...allowed.flatMap(({ id, side = 'request', raw }): Input[] =>
    raw === undefined ? [] : [{ id, side, raw, fin: false, method: side === 'request' ? '' : 'GET', upgrade: false }],
  ),
  ...requestCases.map(({ id, raw, fin = false }): Input => ({ id, side: 'request', raw, fin, method: '', upgrade: false })),
  ...answers.map((one): Input => ({
    id: one.id,
    side: 'response',
    raw: one.raw,
    fin: one.fin,
    method: one.method,
    upgrade: upgrades(one),
  })),
]

/** The input of a seed: generated, or a corpus message with some bytes changed; requests and responses in turn. */
export function generatedInput(seed: number): Input {
  const random = seeded(seed)
  const bent = random.oneIn(2)
  if (seed % 3 !== 0) {
    const raw = bent ? mutate(random, random.of(requestCases).raw) : clientBytes(random)
    return { id: `seed ${seed}`, side: 'request', raw, fin: random.oneIn(3), method: '', upgrade: false }
  }
  const from = random.of(answers)
  const method = bent ? from.method : random.of(['GET', 'GET', 'GET', 'HEAD'])
  return {
    id: `seed ${seed}`,
    side: 'response',
    raw: bent ? mutate(random, from.raw) : serviceBytes(random),
    fin: bent ? from.fin : random.oneIn(2),
    method,
    upgrade: bent && upgrades(from),
  }
}

const spellings = allowed.flatMap(({ plain }) => (plain === undefined ? [] : [[new RegExp(plain[0], 'gi'), plain[1]] as const]))

/** The message without what `laxer.json` says to be only another spelling. */
const plainly = (raw: string): string => spellings.reduce((text, [pattern, replacement]) => text.replaceAll(pattern, replacement), raw)

/** Both readers of either side, beside each other. */
class Readers {
  #requests = new RequestReader()
  #server = new NodeServer()
  #client = new NodeClient()

  async listen(): Promise<void> {
    await Promise.all([this.#server.listen(), this.#client.listen()])
  }

  ours({ side, raw, fin, method, upgrade }: Input): Reading[] {
    return side === 'request' ? this.#requests.read(raw, fin) : readAnswer(raw, method, upgrade, fin)
  }

  nodes({ side, raw, fin, method, upgrade }: Input): Promise<Reading[]> {
    return side === 'request' ? this.#server.read(raw, fin) : this.#client.read(raw, method, upgrade, fin)
  }

  /** In what we are laxer with `input`; '' for nothing. A generated one is compared once more in its plain spelling, if that is the same to us. */
  async compare(input: Input): Promise<string> {
    const ours = this.ours(input)
    const wrong = laxer(ours, await this.nodes(input))
    const plain = { ...input, raw: plainly(input.raw) }
    if (wrong === '' || !input.id.startsWith('seed ') || plain.raw === input.raw) return wrong
    return isDeepStrictEqual(this.ours(plain), ours) ? laxer(ours, await this.nodes(plain)) : wrong
  }

  async end(): Promise<void> {
    await Promise.all([this.#requests.end(), this.#server.end(), this.#client.end()])
  }
}

/** Puts each input to both readers; resolves to those with which we are laxer. */
export async function compare(inputs: Iterable<Input>): Promise<Finding[]> {
  const readers = new Readers()
  await readers.listen()
  const findings: Finding[] = []
  const waiting = inputs[Symbol.iterator]()
  const lane = async (): Promise<void> => {
    for (let next = waiting.next(); next.done !== true; next = waiting.next()) {
      // Nothing to read is nothing to disagree about.
      const wrong = next.value.raw === '' ? '' : await readers.compare(next.value)
      if (wrong !== '') findings.push({ ...next.value, wrong })
    }
  }
  const lanes = await Promise.allSettled(Array.from({ length: LANES }, lane))
  await readers.end()
  for (const one of lanes) if (one.status === 'rejected') throw one.reason
  return findings
}

/** The inputs of `count` seeds from `seed` on. */
export function* generated(seed: number, count: number): Generator<Input> {
  for (let i = 0; i < count; i++) yield generatedInput(seed + i)
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { inputs: { type: 'string', default: '20000' }, seed: { type: 'string' } } })
  const seed = Number(values.seed ?? Date.now() % 1_000_000_000)
  const started = performance.now()
  const findings = await compare(generated(seed, Number(values.inputs)))
  for (const { id, side, raw, wrong } of findings) console.log(`✖ ${side}, ${id}: ${wrong}\n  ${JSON.stringify(raw.slice(0, 2_000))}\n`)
  const took = ((performance.now() - started) / 1_000).toFixed(1)
  console.log(`${values.inputs} inputs in ${took} s, seed ${seed}, laxer than node with ${findings.length}`)
  if (findings.length > 0) process.exitCode = 1
}
