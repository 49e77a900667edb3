// How long an exchange took, as its outcome tells the access log and the counters.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryStage } from '../harness/memory-stage.ts'

const get = 'GET /x HTTP/1.1\r\nHost: gw.test\r\n\r\n'

/** Duration, time to the first byte and transfer of an answer whose pieces come `gap` ms apart; the service's FIN is one more. */
async function timesOf(pieces: readonly string[], gap: number, fin: boolean): Promise<number[]> {
  const stage = new MemoryStage({ onRequest: () => {} })
  stage.client().write(get)
  await stage.settle()
  const service = stage.service.connections[0]
  for (const piece of pieces) {
    await stage.advance(gap)
    service?.peer.write(piece)
    await stage.settle()
  }
  if (fin) {
    await stage.advance(gap)
    service?.peer.end()
    await stage.settle()
  }
  const [ended] = stage.gateway.ended
  await stage.end()
  assert.equal(ended?.outcome.status, 200)
  return [ended.outcome.duration, ended.outcome.firstByte, ended.outcome.transfer]
}

const head = 'HTTP/1.1 200 OK\r\n'
for (const { what, pieces, fin, times } of [
  { what: 'in one read', pieces: [`${head}Content-Length: 4\r\n\r\nbody`], fin: false, times: [300, 300, 0] },
  { what: 'without a body', pieces: [`${head}Content-Length: 0\r\n\r\n`], fin: false, times: [300, 300, 0] },
  { what: 'in two reads', pieces: [`${head}Content-Length: 4\r\n\r\nbo`, 'dy'], fin: false, times: [600, 300, 300] },
  { what: 'body behind the head', pieces: [`${head}Content-Length: 4\r\n\r\n`, 'body'], fin: false, times: [600, 300, 300] },
  {
    what: 'chunked in one read',
    pieces: [`${head}Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n`],
    fin: false,
    times: [300, 300, 0],
  },
  { what: 'up to the end of the connection', pieces: [`${head}\r\nbody`], fin: true, times: [600, 300, 300] },
])
  test(`an answer that comes ${what} is timed to its end`, async () => {
    assert.deepEqual(await timesOf(pieces, 300, fin), times)
  })
