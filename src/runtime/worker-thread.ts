// The thread of a worker: the real data plane around `worker.ts`.
import './harden.ts'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../base/clock.ts'
import type { WorkerStart } from './bus.ts'
import { createCore } from './core.ts'
import { runWorker } from './worker.ts'

await runWorker({ start: workerData as WorkerStart, port: parentPort as MessagePort, clock: systemClock, createCore })
