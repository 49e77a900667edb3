// A worker thread that takes and gives back connections of a few clients without a pause, until it is ended.
import { workerData } from 'node:worker_threads'
import { ClientCounts } from '../../src/runtime/client-counts.ts'
import type { ClientTables } from '../../src/runtime/client-counts.ts'

const { slot, tables } = workerData as { slot: number; tables: ClientTables }
const counts = new ClientCounts(slot, tables)
for (let i = 0; ; i++) {
  const peer = `192.0.2.${i % 16}`
  if (counts.enter(peer) && i % 3 === 0) counts.leave(peer)
}
