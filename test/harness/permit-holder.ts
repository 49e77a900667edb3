// A worker thread that takes and gives back permits of one service without a pause, until it is ended.
import { workerData } from 'node:worker_threads'
import { Gate } from '../../src/upstream/limit/gate.ts'
import { PermitCells } from '../../src/upstream/limit/permit-cells.ts'

const { buffer, slot } = workerData as { buffer: SharedArrayBuffer; slot: number }
const gate = new Gate({ max: 1_000, pending: 1_000 }, new PermitCells(slot, buffer))
for (let i = 0; ; i = (i + 1) % 7) {
  if (gate.enter() && i < 3) gate.leave()
  if (i === 5) gate.wait()
  if (i === 6) gate.begin()
}
