// One message of the request corpus over real sockets, cut in two where it is told to be, with another client's request in between.
import assert from 'node:assert/strict'
import type { Peer } from '../harness/peer.ts'
import { canaryScript } from '../harness/service.ts'
import type { Service } from '../harness/service.ts'
import { isCutRequest, readResponses, valueOf } from '../harness/strict-message.ts'
import { pieces } from './corpus.ts'
import type { RequestCase } from './corpus.ts'
import { judgeRequest, methodOf, outcomeOf } from './request-verdict.ts'
import type { RequestObservation } from './request-verdict.ts'
import { expectCanary, SocketStage } from './sockets-stage.ts'

const isOver = (peer: Peer): boolean => peer.ended || peer.closed !== undefined

function observe(client: Peer, text: string, service: Service): RequestObservation {
  return {
    text,
    ended: isOver(client),
    requests: service.requests.filter((request) => valueOf(request, 'x-canary') === undefined),
    problems: service.problems,
    hanging: service.connections.some(({ peer }) => !isOver(peer) && isCutRequest(peer.received)),
  }
}

/** Sends the case cut at `cut`, 0 for whole; resolves to the verdict in one line, and throws what is wrong with it. */
export async function sendRequest(one: RequestCase, cut: number): Promise<string> {
  const stage = await SocketStage.open(canaryScript)
  try {
    const method = methodOf(one.raw)
    const client = await stage.client()
    const [first, second] = pieces(one.raw, cut)
    client.write(first as Buffer)
    if (second !== undefined) {
      await stage.readOfClient(client, cut)
      await stage.canary('in between')
      client.write(second)
    }
    if (one.fin === true) client.end()
    const messages = () => readResponses(client.received, [method], client.ended).messages
    await client.until(() => isOver(client) || messages().length >= one.responses.length, 'an answer')
    const last = messages().at(-1)
    if (last !== undefined && valueOf(last, 'connection') === 'close') await client.until(() => isOver(client), 'the end that was announced')
    const text = client.received
    // A connection that goes on has nothing left over.
    if (!isOver(client)) await expectCanary(client, method, '/next', "the same client's next answer")
    const seen = observe(client, text, stage.service)
    assert.equal(judgeRequest(one, seen), '', one.why)
    await stage.canary('afterwards')
    return outcomeOf(seen, method)
  } finally {
    await stage.end()
  }
}
