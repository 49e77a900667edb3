// A worker thread around the stand-in core.
import '../../../src/runtime/harden.ts'
import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { systemClock } from '../../../src/base/clock.ts'
import type { WorkerStart } from '../../../src/runtime/bus.ts'
import { runWorker } from '../../../src/runtime/worker.ts'
import { createCore } from './stand-in-core.ts'

await runWorker({ start: workerData as WorkerStart, port: parentPort as MessagePort, clock: systemClock, createCore })
