// The thread in which one request is explained: see `explain-apart.ts`.
import './harden.ts'
import { parentPort, workerData } from 'node:worker_threads'
import { explainRequest } from './explain.ts'
import type { ExplainTask, ExplainedApart } from './explain-apart.ts'

const { plan, request } = workerData as ExplainTask
const explained: ExplainedApart = await explainRequest(plan, request).then(
  (explanation) => ({ explanation }),
  (cause: unknown) => ({ message: cause instanceof Error ? cause.message : String(cause) }),
)
parentPort?.postMessage(explained)
