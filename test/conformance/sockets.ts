// `npm run test:conformance [-- NAME …]`: every case of both corpora (or those whose id holds a NAME) whole and at every two-way split over
// real sockets, with the read buffer poisoned and another client asking in between. Prints what failed and one line at the end; ends with
// 1 when something failed.
import { poisonReads } from '../../src/net/read-buffer.ts'
import { cutsOf, requestCases, responseCases } from './corpus.ts'
import { sendRequest } from './sockets-requests.ts'
import { sendResponse } from './sockets-responses.ts'

/** Stages side by side. */
const LANES = 16
/** Failures that are told in full. */
const TOLD = 20

interface Case {
  readonly id: string
  readonly raw: string
  /** Throws what is wrong, resolves to the verdict. */
  readonly send: (cut: number) => Promise<string>
}

const wanted = process.argv.slice(2)
// There is no TLS yet that plaintext could come before; bytes before the request are a race on a fresh socket, which only a dialer in memory
// decides (`responses.test.ts`).
const played = responseCases.filter(({ when }) => when !== 'before-tls-handshake' && when !== 'before-request')
const cases: readonly Case[] = [
  ...requestCases.map((one): Case => ({ id: `request ${one.id}`, raw: one.raw, send: (cut) => sendRequest(one, cut) })),
  ...played.map((one): Case => ({ id: `response ${one.id}`, raw: one.raw, send: (cut) => sendResponse(one, cut) })),
].filter(({ id }) => wanted.length === 0 || wanted.some((name) => id.includes(name)))

const jobs = cases.flatMap((one) => [0, ...cutsOf(one.raw.length)].map((cut) => ({ one, cut })))[Symbol.iterator]()
const verdicts = new Map<Case, string>()
let splits = 0
let failures = 0

function fail(one: Case, cut: number, wrong: string): void {
  if (++failures <= TOLD) console.log(`✖ ${one.id}, ${cut === 0 ? 'whole' : `cut at ${cut}`}: ${wrong}`)
}

async function lane(): Promise<void> {
  for (const { one, cut } of jobs) {
    if (cut > 0) splits++
    try {
      const verdict = await one.send(cut)
      const other = verdicts.get(one) ?? verdict
      verdicts.set(one, other)
      if (verdict !== other) fail(one, cut, `the verdict is ${verdict}, elsewhere ${other}`)
    } catch (error) {
      fail(one, cut, error instanceof Error ? error.message : String(error))
    }
  }
}

poisonReads(true)
const started = performance.now()
await Promise.all(Array.from({ length: LANES }, lane))
const took = ((performance.now() - started) / 1_000).toFixed(1)
console.log(`${cases.length} cases, ${splits} splits over real sockets in ${took} s, ${failures} failures`)
if (failures > 0 || cases.length === 0) process.exitCode = 1
