// `npm run test:explain [CONFIGURATIONS [REQUESTS [SEED]]]`: the property in full, 200 configurations × 10,000 requests. Takes some minutes;
// prints the rate as it goes, and at the end how often each thing came about.
import { compareAll } from './property.ts'

const [configurations = 200, requests = 10_000, seed = 1] = process.argv.slice(2).map(Number)
const started = performance.now()
let told = 0
const rate = (done: number): string => `${Math.round(done / ((performance.now() - started) / 1_000))} requests/s`

const seen = await compareAll({
  seed,
  configurations,
  requests,
  progress(done) {
    if (performance.now() - told < 5_000) return
    told = performance.now()
    console.log(`${done} requests, ${rate(done)}`)
  },
})
for (const [what, times] of [...seen].toSorted(([, a], [, b]) => b - a)) console.log(`${String(times).padStart(9)}  ${what}`)
console.log(`no difference in ${configurations} configurations × ${requests} requests, seed ${seed}: ${rate(configurations * requests)}`)
