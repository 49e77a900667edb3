// A large body between two ends in memory: a sender that offers everything at once, and a receiver that starts paused.
import { MemoryStage } from '../harness/memory-stage.ts'
import type { MemoryPeer } from '../harness/peer.ts'

export const READ = 65_536
/** What a wire in memory takes before it counts as full, as two kernels would. */
export const WIRE = 262_144
export const directions = ['upload', 'download'] as const
export const framings = ['length', 'chunked'] as const

/** Both ends of one body in memory. Body bytes are zeros, which no head or chunk line has. */
export interface Ends {
  readonly stage: MemoryStage
  readonly sender: MemoryPeer
  readonly receiver: MemoryPeer
  /** Body bytes that have reached the receiver. */
  readonly arrived: () => number
}

/** Runs `run` with the head sent, and ends everything. */
export async function between(
  direction: (typeof directions)[number],
  framing: (typeof framings)[number],
  size: number,
  run: (ends: Ends) => Promise<void>,
): Promise<void> {
  let arrived = 0
  const service = Promise.withResolvers<MemoryPeer>()
  const stage = new MemoryStage({ onRequest: () => {}, onConnection: ({ peer }) => service.resolve(peer as MemoryPeer) })
  const field = framing === 'length' ? `Content-Length: ${size}` : 'Transfer-Encoding: chunked'
  const client = stage.client()
  client.write(direction === 'upload' ? `PUT /x HTTP/1.1\r\nHost: gw.test\r\n${field}\r\n\r\n` : 'GET /x HTTP/1.1\r\nHost: gw.test\r\n\r\n')
  const peer = await service.promise
  const [sender, receiver] = direction === 'upload' ? [client, peer] : [peer, client]
  receiver.onChunk = (chunk) => {
    for (const byte of chunk) if (byte === 0) arrived++
  }
  receiver.pause()
  await stage.settle()
  if (direction === 'download') sender.write(`HTTP/1.1 200 OK\r\n${field}\r\n\r\n`)
  await run({ stage, sender, receiver, arrived: () => arrived })
  await stage.end()
}

/** Writes a whole body; returns how many bytes that made. */
export function offer(sender: MemoryPeer, framing: (typeof framings)[number], size: number): number {
  let written = 0
  const write = (bytes: Buffer): void => {
    written += bytes.length
    sender.write(bytes)
  }
  for (let left = size; left > 0; left -= READ) {
    const bytes = Buffer.alloc(Math.min(left, READ))
    if (framing === 'chunked') write(Buffer.from(`${bytes.length.toString(16)}\r\n`))
    write(bytes)
    if (framing === 'chunked') write(Buffer.from('\r\n'))
  }
  if (framing === 'chunked') write(Buffer.from('0\r\n\r\n'))
  return written
}
