// Every message of the request corpus gets the answer that it must get, whole over TCP and at every two-way split in memory; after each
// one another client gets its own answer.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { poisonReads } from '../../src/net/read-buffer.ts'
import { Gateway } from '../harness/gateway.ts'
import { MemoryStage, StandingTime } from '../harness/memory-stage.ts'
import { connectTcp } from '../harness/peer.ts'
import type { Peer } from '../harness/peer.ts'
import { canaryScript, Service } from '../harness/service.ts'
import { isCutRequest, readResponses, valueOf } from '../harness/strict-message.ts'
import { cutsOf, pieces, requestCases } from './corpus.ts'
import type { RequestCase } from './corpus.ts'
import { judgeRequest, methodOf, outcomeOf } from './request-verdict.ts'
import type { RequestObservation } from './request-verdict.ts'

const time = new StandingTime()
let canaries = 0

function canaryRequest(path: string): { request: string; answer: string } {
  const canary = `canary-${++canaries}`
  return { request: `GET ${path} HTTP/1.1\r\nHost: gw.test\r\nX-Canary: ${canary}\r\n\r\n`, answer: `GET ${path} ${canary}` }
}

function observe(client: Peer, text: string, service: Service, seen: number): RequestObservation {
  const fresh = service.connections.flatMap(({ requests }) => requests).filter((request) => valueOf(request, 'x-canary') === undefined)
  return {
    text,
    ended: client.ended || client.closed !== undefined,
    requests: fresh.slice(seen),
    problems: service.problems,
    hanging: service.connections.some(({ peer }) => peer.closed === undefined && !peer.ended && isCutRequest(peer.received)),
  }
}

const bodies = (text: string, method = 'GET'): string[] => readResponses(text, [method], true).messages.map(({ body }) => body)

async function atEverySplit(one: RequestCase): Promise<void> {
  let whole = ''
  for (const cut of [0, ...cutsOf(one.raw.length)]) {
    const stage = new MemoryStage(canaryScript, {}, time)
    const client = stage.client()
    for (const piece of pieces(one.raw, cut)) {
      client.write(piece)
      await stage.settle()
    }
    if (one.fin === true) client.end()
    await stage.settle()
    const seen = observe(client, client.received, stage.service, 0)
    const where = cut === 0 ? 'whole' : `cut at ${cut}`
    assert.equal(judgeRequest(one, seen), '', `${where}: ${one.why}`)
    const outcome = outcomeOf(seen, methodOf(one.raw))
    if (cut === 0) whole = outcome
    assert.equal(outcome, whole, `${where}: another verdict than whole`)
    const other = stage.client()
    const canary = canaryRequest('/canary')
    other.write(canary.request)
    await stage.settle()
    assert.deepEqual(bodies(other.received), [canary.answer], `${where}: another client's answer`)
    if (!client.ended && client.closed === undefined) {
      // A connection that goes on has nothing left over.
      const next = canaryRequest('/next')
      client.write(next.request)
      await stage.settle()
      assert.equal(bodies(client.received, methodOf(one.raw)).at(-1), next.answer, `${where}: the same client's next answer`)
    }
    await stage.end()
  }
}

async function overTcp(one: RequestCase): Promise<void> {
  await using service = await new Service(canaryScript).listen()
  await using gateway = await new Gateway({ endpoints: [service.port] }).listen()
  const client = await connectTcp(gateway.port)
  client.write(one.raw)
  if (one.fin === true) client.end()
  const answered = (): boolean => readResponses(client.received, [methodOf(one.raw)], client.ended).messages.length >= one.responses.length
  await client.until(() => client.ended || client.closed !== undefined || answered(), 'an answer')
  const last = readResponses(client.received, [methodOf(one.raw)], client.ended).messages.at(-1)
  if (last !== undefined && valueOf(last, 'connection') === 'close') await client.until(() => client.ended || client.closed !== undefined, 'the end that was announced')
  const text = client.received
  if (!client.ended && client.closed === undefined) {
    const next = canaryRequest('/next')
    client.write(next.request)
    await client.until(() => client.received.length > text.length && bodies(client.received, methodOf(one.raw)).length > bodies(text, methodOf(one.raw)).length, 'the next answer')
    assert.equal(bodies(client.received, methodOf(one.raw)).at(-1), next.answer)
  }
  assert.equal(judgeRequest(one, observe(client, text, service, 0)), '', one.why)
  const other = await connectTcp(gateway.port)
  const canary = canaryRequest('/canary')
  other.write(canary.request)
  await other.until(() => bodies(other.received).length > 0, "another client's answer")
  assert.deepEqual(bodies(other.received), [canary.answer])
  other.destroy()
  client.destroy()
}

before(() => poisonReads(true))
after(() => poisonReads(false))

describe('requests at every split', () => {
  for (const one of requestCases) test(one.id, () => atEverySplit(one))
})

describe('requests over TCP', { concurrency: 8 }, () => {
  for (const one of requestCases) test(one.id, () => overTcp(one))
})
