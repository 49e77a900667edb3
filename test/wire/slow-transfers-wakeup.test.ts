// A receiver that is too slow once and has caught up since: what was too much then must not stop the sender now, for nobody would wake it.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { between, directions, READ, WIRE } from './slow-transfers-stage.ts'

const KIB = 1_024

describe('R14 a slow receiver of a large body', () => {
  for (const direction of directions)
    test(`that has caught up once does not stop the sender of the ${direction} for good`, async () => {
      const wire = Array.from({ length: WIRE / READ }, () => READ)
      // A small piece is one too many, once; after everything has been taken there is room for another behind half as much.
      const rounds = [[...wire, READ - KIB, 4 * KIB], [...wire, READ / 2, KIB], [READ]]
      const size = rounds.flat().reduce((sum, piece) => sum + piece, 0)
      await between(direction, 'length', size, async ({ stage, sender, receiver, arrived }) => {
        let sent = 0
        for (const pieces of rounds) {
          receiver.pause()
          for (const piece of pieces) {
            sender.write(Buffer.alloc(piece))
            sent += piece
            await stage.settle()
          }
          receiver.resume()
          await stage.settle()
          assert.equal(arrived(), sent)
        }
      })
    })
})
