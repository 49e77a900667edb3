// The two corpora as data, and the cuts at which each of their messages is sent.
import { readFileSync } from 'node:fs'
import { seeded } from '../harness/seeded.ts'

export interface RequestCase {
  readonly id: string
  readonly category: string
  readonly raw: string
  readonly expect: string
  readonly alt?: readonly string[]
  readonly phase: 'head' | 'body'
  readonly responses: readonly string[]
  readonly upstreamMax: number
  readonly fin?: boolean
  readonly why: string
}

export interface ResponseCase {
  readonly id: string
  readonly category: string
  readonly method: string
  /** Instead of a plain request by `method`. */
  readonly request?: string
  readonly when: 'after-request' | 'idle' | 'before-request' | 'before-request-end' | 'before-tls-handshake'
  readonly raw: string
  readonly fin: boolean
  readonly expect: '502' | 'close' | 'forward' | 'forward-normalised'
  readonly alt?: readonly string[]
  readonly reuse: boolean
  readonly why: string
}

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'))

export const requestCases = read('requests.json') as readonly RequestCase[]
export const responseCases = read('responses.json') as readonly ResponseCase[]

/** Messages up to this many bytes are cut everywhere, longer ones at RANDOM_CUTS places. */
const EVERYWHERE = 4_096
const RANDOM_CUTS = 64

/** Offsets at which a message of `length` bytes is cut in two, one after the other. */
export function cutsOf(length: number): number[] {
  if (length <= EVERYWHERE) return Array.from({ length: length - 1 }, (_, i) => i + 1)
  const random = seeded(length)
  return Array.from({ length: RANDOM_CUTS }, () => 1 + random.below(length - 1))
}

/** The bytes in pieces: whole for `cut` 0, else in two. */
export function pieces(raw: string, cut: number): Buffer[] {
  const bytes = Buffer.from(raw, 'latin1')
  return cut === 0 ? [bytes] : [bytes.subarray(0, cut), bytes.subarray(cut)]
}
