// Draws inputs and puts them to the properties, in turn.
import { seeded } from '../harness/seeded.ts'
import { chunkedBody, clientBytes, mutate } from './generate.ts'
import { badByteHolds, chunkedHolds, requestsHold } from './properties.ts'

export interface Failure {
  readonly property: string
  /** `--seed` of a run whose first inputs hold this one. */
  readonly seed: number
  readonly input: string
  readonly wrong: string
}

export interface FuzzResult {
  readonly inputs: number
  readonly failures: readonly Failure[]
}

/** What is enough to look at. */
const FAILURES_MAX = 10

interface Property {
  readonly name: string
  readonly draw: (seed: number) => string
  readonly holds: (input: string, seed: number) => string
}

export const properties: readonly Property[] = [
  { name: 'requests', draw: (seed) => clientBytes(seeded(seed)), holds: requestsHold },
  {
    name: 'chunked',
    draw: (seed) => {
      const random = seeded(seed)
      const body = chunkedBody(random, random.of([3, 8, 30]))
      return random.oneIn(2) ? mutate(random, body) : body
    },
    holds: chunkedHolds,
  },
  { name: 'bad byte', draw: (seed) => mutate(seeded(seed), clientBytes(seeded(seed)).slice(0, 200)), holds: badByteHolds },
]

/** Runs until `inputs` have been drawn or the time is up. Each number from `seed` on gives one input to every property. */
export function fuzz(bounds: { readonly seed: number; readonly inputs: number; readonly milliseconds: number }): FuzzResult {
  const failures: Failure[] = []
  const end = performance.now() + bounds.milliseconds
  let inputs = 0
  for (let seed = bounds.seed; inputs < bounds.inputs && failures.length < FAILURES_MAX; seed++) {
    if (seed % 64 === 0 && performance.now() > end) break
    for (const { name, draw, holds } of properties) {
      const input = draw(seed)
      const wrong = holds(input, seed)
      if (wrong !== '') failures.push({ property: name, seed, input, wrong })
      inputs++
    }
  }
  return { inputs, failures }
}
