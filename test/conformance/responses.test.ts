// Every message of the response corpus, sent by a hostile service: the client gets what it must get, whole over TCP and at every two-way
// split in memory, and another client gets its own answer afterwards.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { poisonReads } from '../../src/net/read-buffer.ts'
import { Gateway } from '../harness/gateway.ts'
import { MemoryStage, StandingTime } from '../harness/memory-stage.ts'
import { connectTcp } from '../harness/peer.ts'
import type { Peer } from '../harness/peer.ts'
import { canaryAnswer, canaryScript, Service } from '../harness/service.ts'
import type { ServiceConnection, ServiceScript } from '../harness/service.ts'
import { readResponses, valueOf } from '../harness/strict-message.ts'
import { cutsOf, pieces, responseCases } from './corpus.ts'
import type { ResponseCase } from './corpus.ts'
import { requestOf } from './response-request.ts'
import { judgeResponse, outcomeOf } from './response-verdict.ts'

// Arrives with TLS: there is no handshake yet that plaintext could come before.
const LEFT_OUT = new Set(['d-tls-plaintext'])

const time = new StandingTime()
let canaries = 0

/** Sends the pieces of the case's message one after the other, each after `between` has resolved. */
async function play(one: ResponseCase, peer: Peer, parts: readonly Buffer[], between: () => Promise<void>): Promise<void> {
  for (const piece of parts) {
    peer.write(piece)
    await between()
  }
  if (one.fin) peer.end()
  await between()
}

interface Victim {
  /** The first connection that the gateway opened. */
  connection: ServiceConnection | undefined
  /** The attack is over: connections to come are honest. */
  over: boolean
}

/** A service that is hostile on the first connection and honest on every other. */
function scriptOf(one: ResponseCase, victim: Victim): ServiceScript {
  const hostile = ({ index }: ServiceConnection): boolean => index === 0
  return {
    onConnection: (connection) => {
      if (hostile(connection)) victim.connection = connection
      if (one.when === 'before-request' && !victim.over) connection.peer.write(one.raw)
    },
    onHead: (connection, head) => canaryScript.onHead?.(connection, head),
    onRequest: (connection, request) => {
      // The client whose canary it is gets an honest answer wherever it comes out, and so does the first request where the attack waits.
      const honest = !hostile(connection) || valueOf(request, 'x-canary') !== undefined || one.when === 'idle'
      if (honest) connection.peer.write(canaryAnswer(request))
    },
  }
}

function canaryRequest(): { request: string; answer: string } {
  const canary = `canary-${++canaries}`
  return { request: `GET /canary HTTP/1.1\r\nHost: gw.test\r\nX-Canary: ${canary}\r\n\r\n`, answer: `GET /canary ${canary}` }
}

const bodies = (text: string): string[] => readResponses(text, [], true).messages.map(({ body }) => body)
const isGone = (victim: Victim): boolean => victim.connection === undefined || victim.connection.peer.ended || victim.connection.peer.closed !== undefined

async function inMemory(one: ResponseCase, parts: readonly Buffer[]): Promise<string> {
  const victim: Victim = { connection: undefined, over: false }
  const stage = new MemoryStage(scriptOf(one, victim), {}, time)
  const client = stage.client()
  client.write(requestOf(one))
  await stage.settle()
  const before = client.received.length
  if (one.when !== 'before-request') await play(one, (victim.connection as ServiceConnection).peer, parts, () => stage.settle())
  victim.over = true
  // A connection that is to rest is done with that; anything that it brings has come by now.
  const other = stage.client()
  const canary = canaryRequest()
  other.write(canary.request)
  await stage.settle()
  await stage.advance(200)
  const over = client.ended || client.closed !== undefined
  const seen = { text: client.received, ended: client.ended, cut: client.closed !== undefined && client.closed !== '', gone: isGone(victim) }
  if (one.when === 'idle') {
    assert.ok(seen.gone, 'the idle connection was kept')
    assert.equal(client.received.length, before, 'the client got bytes that it had not asked for')
  } else assert.equal(judgeResponse(one, seen), '', one.why)
  assert.deepEqual(bodies(other.received), [canary.answer], "another client's answer")
  if (!over) {
    const next = canaryRequest()
    client.write(next.request)
    await stage.settle()
    assert.equal(readResponses(client.received, [one.method], true).messages.at(-1)?.body, next.answer, "the same client's next answer")
  }
  await stage.end()
  return outcomeOf(one, seen)
}

async function overTcp(one: ResponseCase): Promise<void> {
  const victim: Victim = { connection: undefined, over: false }
  await using service = await new Service(scriptOf(one, victim)).listen()
  await using gateway = await new Gateway({ endpoints: [service.port] }).listen()
  const client = await connectTcp(gateway.port)
  client.write(requestOf(one))
  const connected = (): boolean => {
    const peer = victim.connection?.peer
    return peer !== undefined && peer.received.includes('\r\n\r\n')
  }
  while (victim.connection === undefined) await setImmediate()
  const { connection } = victim
  await connection.peer.until(connected, 'the request')
  if (one.when === 'idle') await client.until(() => bodies(client.received).length === 1, 'the honest answer')
  await play(one, connection.peer, pieces(one.raw, 0), () => Promise.resolve())
  if (one.when === 'idle') {
    await connection.peer.until(() => isGone(victim), 'the end of the idle connection')
    assert.deepEqual(bodies(client.received), ['GET /p -'])
  } else {
    const whole = (): boolean => readResponses(client.received, [one.method], client.ended).messages.length > 0
    await client.until(() => whole() || client.ended || client.closed !== undefined, 'an answer')
    const { ended, closed } = client
    if (!one.reuse) await connection.peer.until(() => isGone(victim), 'the end of the connection')
    const seen = { text: client.received, ended, cut: closed !== undefined && closed !== '', gone: isGone(victim) }
    assert.equal(judgeResponse(one, seen), '', one.why)
  }
  const other = await connectTcp(gateway.port)
  const canary = canaryRequest()
  other.write(canary.request)
  await other.until(() => bodies(other.received).length > 0, "another client's answer")
  assert.deepEqual(bodies(other.received), [canary.answer])
  client.destroy()
  other.destroy()
}

before(() => poisonReads(true))
after(() => poisonReads(false))

describe('responses at every split', () => {
  for (const one of responseCases) {
    if (LEFT_OUT.has(one.id)) continue
    test(one.id, async () => {
      const whole = await inMemory(one, pieces(one.raw, 0))
      if (one.when === 'before-request') return
      for (const cut of cutsOf(one.raw.length)) {
        assert.equal(await inMemory(one, pieces(one.raw, cut)), whole, `cut at ${cut}: another verdict than whole`)
      }
    })
  }
})

describe('responses over TCP', { concurrency: 8 }, () => {
  // On a fresh socket it is a race there which only the memory dialer decides.
  for (const one of responseCases) if (!LEFT_OUT.has(one.id) && one.when !== 'before-request') test(one.id, () => overTcp(one))
})

test('what is left out of the corpus is named', (t) => {
  for (const id of LEFT_OUT) t.diagnostic(`${id} waits for TLS`)
  assert.deepEqual([...LEFT_OUT].filter((id) => !responseCases.some((one) => one.id === id)), [])
})
