// One message of the response corpus over real sockets, cut in two where it is told to be, with another client's request in between.
import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { canaryAnswer, canaryScript } from '../harness/service.ts'
import type { ServiceConnection, ServiceScript } from '../harness/service.ts'
import { readResponses, valueOf } from '../harness/strict-message.ts'
import { pieces } from './corpus.ts'
import type { ResponseCase } from './corpus.ts'
import { requestOf } from './response-request.ts'
import { judgeResponse, outcomeOf } from './response-verdict.ts'
import { expectCanary, SocketStage } from './sockets-stage.ts'

/** Silent on the first connection, where the case plays the service; whoever names a canary gets an honest answer wherever it comes out. */
const scriptOf = (one: ResponseCase): ServiceScript => ({
  onHead: (connection, head) => canaryScript.onHead?.(connection, head),
  onRequest: ({ index, peer }, request) => {
    if (index > 0 || one.when === 'idle' || valueOf(request, 'x-canary') !== undefined) peer.write(canaryAnswer(request))
  },
})

const isGone = ({ peer }: ServiceConnection): boolean => peer.ended || peer.closed !== undefined

/** Sends the case cut at `cut`, 0 for whole; resolves to the verdict in one line, and throws what is wrong with it. */
export async function sendResponse(one: ResponseCase, cut: number): Promise<string> {
  const stage = await SocketStage.open(scriptOf(one))
  try {
    const client = await stage.client()
    const whole = (): boolean => readResponses(client.received, [one.method], client.ended).messages.length > 0
    client.write(requestOf(one))
    while (stage.service.connections.length === 0) await setImmediate()
    const connection = stage.service.connections[0] as ServiceConnection
    const { peer } = connection
    await peer.until(() => peer.received.includes('\r\n\r\n'), 'the request')
    if (one.when === 'idle') await client.until(whole, 'the honest answer')
    const before = client.received
    const read = stage.readOfService
    const [first, second] = pieces(one.raw, cut)
    peer.write(first as Buffer)
    if (second !== undefined) {
      await stage.readFromService(read + cut)
      await stage.canary('in between')
      peer.write(second)
    }
    if (one.fin) peer.end()
    if (one.when === 'idle') {
      await peer.until(() => isGone(connection), 'the end of the idle connection')
      assert.equal(client.received, before, 'the client got bytes that it had not asked for')
    } else await client.until(() => whole() || client.ended || client.closed !== undefined, 'an answer')
    if (!one.reuse) await peer.until(() => isGone(connection), 'the end of the connection')
    const { ended, closed } = client
    const seen = { text: client.received, ended, cut: closed !== undefined && closed !== '', gone: isGone(connection) }
    if (one.when !== 'idle') assert.equal(judgeResponse(one, seen), '', one.why)
    await stage.canary('afterwards')
    if (!client.ended && client.closed === undefined && one.when !== 'before-request-end') await expectCanary(client, one.method, '/next', "the same client's next answer")
    return outcomeOf(one, seen)
  } finally {
    await stage.end()
  }
}
