// What must hold for any bytes. Each property takes an input and a seed for its splits, and returns what is wrong; '' when nothing is.
import { isDeepStrictEqual } from 'node:util'
import { ChunkedDecoder } from '../../src/http1/body-chunked.ts'
import { findBadByte } from '../../src/http1/head-fields.ts'
import { CHUNK_EXTENSION_MAX } from '../../src/http1/limits.ts'
import { seeded } from '../harness/seeded.ts'
import { readResponses } from '../harness/strict-message.ts'
import { decodeChunked } from './chunked-twin.ts'
import { split } from './generate.ts'
import { Subject } from './subject.ts'
import type { Transcript } from './subject.ts'

let subject = new Subject()

const short = (transcript: Transcript): string => JSON.stringify(transcript).slice(0, 1_500)

/** What becomes of a client's bytes when they come at once. */
export const judge = (input: string, fin: boolean): Transcript => subject.send([Buffer.from(input, 'latin1')], fin)

/** Verdict, delivered requests and answers do not depend on the split; answers are well-formed; nothing is kept. */
export function requestsHold(input: string, seed: number): string {
  const fin = seed % 3 === 0
  const whole = judge(input, fin)
  const cut = subject.send(split(seeded(seed), input), fin)
  if (!isDeepStrictEqual(cut, whole)) return `another verdict when split: ${short(whole)} became ${short(cut)}`
  const { rest, problem } = readResponses(whole.text, whole.methods, whole.ended)
  if (rest !== '' || problem !== '') return `not a well-formed answer: ${problem} ${JSON.stringify(rest.slice(0, 200))}`
  return subject.connections > 0 ? 'a connection was kept' : ''
}

interface Fed {
  verdict: 'done' | 'more' | 'bad'
  data: string
  used: number
}

function feed(pieces: readonly Buffer[], limits: { trailer: number; fields: number }): Fed {
  const decoder = new ChunkedDecoder(limits.trailer, limits.fields)
  const fed: Fed = { verdict: 'more', data: '', used: 0 }
  const receiver = {
    data: (chunk: Buffer): boolean => {
      fed.data += chunk.latin1Slice()
      return true
    },
    end: (): void => {},
    fault: (): void => {},
    flush: (): void => {},
  }
  for (const piece of pieces) {
    fed.used += decoder.feed(piece, 0, receiver)
    if (decoder.done || decoder.fault !== undefined) break
  }
  if (decoder.done) fed.verdict = 'done'
  else if (decoder.fault !== undefined) fed.verdict = 'bad'
  return fed
}

/** The decoder says what its slow twin says, at any split. It may say `bad` earlier: at the byte that cannot become right. */
export function chunkedHolds(input: string, seed: number): string {
  const limits = { trailer: 512, fields: 8 }
  const whole = feed([Buffer.from(input, 'latin1')], limits)
  const cut = feed(split(seeded(seed), input), limits)
  if (whole.verdict !== cut.verdict || whole.data !== cut.data) return `split ${JSON.stringify(cut)}, whole ${JSON.stringify(whole)}`
  const twin = decodeChunked(input, { ...limits, extension: CHUNK_EXTENSION_MAX })
  const earlier = whole.verdict === 'bad' && twin.verdict === 'more'
  if (twin.verdict !== whole.verdict && !earlier) return `decoder ${JSON.stringify(whole)}, twin ${JSON.stringify(twin)}`
  if (whole.verdict !== 'bad' && whole.data !== twin.data) return `decoder ${JSON.stringify(whole)}, twin ${JSON.stringify(twin)}`
  return whole.verdict === 'done' && (whole.used !== twin.used || cut.used !== twin.used)
    ? `used ${whole.used} and ${cut.used}, not ${twin.used}`
    : ''
}

// oxlint-disable-next-line no-control-regex -- controls are what it looks for
const BAD_BYTE = /\r(?!\n|$)|(?<!\r)\n|[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/

/** The scan for bytes that can stand in no head finds what a regular expression finds. */
export function badByteHolds(input: string): string {
  const found = findBadByte(Buffer.from(input, 'latin1'), 0, input.length)
  const wanted = BAD_BYTE.exec(input)?.index ?? -1
  return found === wanted ? '' : `found at ${found}, not at ${wanted}`
}

/** Whatever threw may have left the engine half-way. */
export function renewSubject(): void {
  subject = new Subject()
}

/** Ends what the properties share. */
export const endSubject = (): Promise<void> => subject.end()
