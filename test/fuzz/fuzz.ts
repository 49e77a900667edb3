// Draws inputs and puts them to the properties, in turn.
import { seeded } from '../harness/seeded.ts'
import { endForwardSubject, forwardedHolds, renewForwardSubject, responsesHold } from './forward-properties.ts'
import { chunkedBody, clientBytes, mutate, serviceBytes } from './generate.ts'
import { badByteHolds, chunkedHolds, endSubject, renewSubject, requestsHold } from './properties.ts'

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
/** An input is decided within this, however busy the machine; a quadratic reader takes far longer. */
const HANG_MS = 1_000

interface Property {
  readonly name: string
  readonly draw: (seed: number) => string
  readonly holds: (input: string, seed: number) => string
}

/** What is wrong with what `property` says of an input, '' for nothing: it must hold, must not throw and must not hang. */
export function put(property: Property, input: string, seed: number): string {
  const started = performance.now()
  try {
    const wrong = property.holds(input, seed)
    if (wrong !== '') return wrong
  } catch (error) {
    renewSubject()
    renewForwardSubject()
    return `threw: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
  }
  const took = performance.now() - started
  return took > HANG_MS ? `took ${took.toFixed(0)} ms` : ''
}

/** Ends what the properties share. */
export async function endSubjects(): Promise<void> {
  await endSubject()
  await endForwardSubject()
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
  { name: 'forwarded', draw: (seed) => clientBytes(seeded(seed)), holds: forwardedHolds },
  { name: 'responses', draw: (seed) => serviceBytes(seeded(seed)), holds: responsesHold },
]

/** Runs until `inputs` have been drawn or the time is up. Each number from `seed` on gives one input to every property. */
export function fuzz(bounds: { readonly seed: number; readonly inputs: number; readonly milliseconds: number }): FuzzResult {
  const failures: Failure[] = []
  const end = performance.now() + bounds.milliseconds
  let inputs = 0
  for (let seed = bounds.seed; inputs < bounds.inputs && failures.length < FAILURES_MAX; seed++) {
    if (seed % 64 === 0 && performance.now() > end) break
    for (const property of properties) {
      const input = property.draw(seed)
      const wrong = put(property, input, seed)
      if (wrong !== '') failures.push({ property: property.name, seed, input, wrong })
      inputs++
    }
  }
  return { inputs, failures }
}
