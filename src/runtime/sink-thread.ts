// The thread of a plugin's sink: see `plugin-sink.ts`.
import './harden.ts'
import { parentPort, workerData } from 'node:worker_threads'
import type { PluginSinkPlan } from '../config/plan.ts'
import { makeSink } from './plugin-code.ts'
import { SinkBody } from './sink-body.ts'

const body = new SinkBody(() => makeSink(workerData as PluginSinkPlan))
parentPort?.on('message', (message: Uint8Array | 'end') => {
  if (message !== 'end') void body.write(message).then((taken) => parentPort?.postMessage(taken))
  else void body.end().then(() => process.exit(0))
})
