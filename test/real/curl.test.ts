// curl through the gateway to a service that tells what it received: every option that touches the wire.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { answers } from './curl-answers.ts'
import { connections } from './curl-connections.ts'
import { requests } from './curl-requests.ts'
import type { Place, Row } from './curl-row.ts'
import { curl } from './curl.ts'
import { GatewayProcess } from './gateway-process.ts'
import { lacking } from './program.ts'
import { Recorder } from './recorder.ts'

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === '::1'))

suite('curl', { skip: lacking('curl') }, () => {
  let service: Recorder
  let gateway: GatewayProcess
  let at: Place

  before(async () => {
    service = await Recorder.start()
    const folder = mkdtempSync(join(tmpdir(), 'tidegate-curl-'))
    writeFileSync(join(folder, 'big.bin'), randomBytes(50 * 1024 * 1024))
    gateway = await GatewayProcess.start({
      yaml: `${hasIpv6 ? '  six: { address: "::1", port: 0 }\n' : ''}
services:
  recorder: { endpoints: ["http://127.0.0.1:${service.port}"] }
routes:
  all: { match: "/{rest...}", service: recorder }
  trailers: { match: GET /trailers, service: recorder, trailers: true }
  old: { match: GET /old, redirect: { to: /echo/new, status: 308 } }
`,
    })
    const port6 = Number(/\[::1\]:(\d+)/.exec(gateway.program.output)?.[1] ?? 0)
    at = { url: gateway.url, port: gateway.port, port6, folder }
  })

  after(async () => {
    await gateway[Symbol.asyncDispose]()
    await service[Symbol.asyncDispose]()
    rmSync(at.folder, { recursive: true, force: true })
  })

  const runs = (row: Row): void => {
    const skip = row.what.includes('::1') && !hasIpv6 ? 'no IPv6 here' : false
    test(row.what, { skip }, async () => {
      service.reset()
      const answer = await curl(at.folder, row.args(at), row.input)
      assert.ok((row.exit ?? [0]).includes(answer.exit), `curl ended with ${answer.exit}: ${answer.errors}`)
      await row.check(answer, service, at)
    })
  }

  suite('shapes the request', () => requests.forEach(runs))
  suite('reads the answer', () => answers.forEach(runs))
  suite('keeps the connection', () => connections.forEach(runs))
})
