// Explaining beside whatever else goes on: a short-lived thread builds the data plane and runs the request, so that neither a plugin that
// never ends nor the memory of a large configuration is anybody else's.
import { Worker } from 'node:worker_threads'
import type { Plan } from '../config/plan.ts'
import type { Explanation } from './explain-report.ts'
import { requestProblem, type ExplainRequest } from './explain-request.ts'
import { threadEntry } from './loader.ts'

export interface ExplainTask {
  readonly plan: Plan
  readonly request: ExplainRequest
}

/** The explanation, or why there is none. */
export type ExplainedApart = { readonly explanation: Explanation } | { readonly message: string }

/** The longest that an explanation may take, in milliseconds. */
export const explainLimit = 5_000

/** Explains in a thread of its own. Never rejects. */
export function explainApart(task: ExplainTask, limit = explainLimit): Promise<ExplainedApart> {
  const problem = requestProblem(task.request)
  if (problem !== undefined) return Promise.resolve({ message: problem })
  return new Promise((resolve) => {
    const thread = new Worker(threadEntry('explain-thread'), { name: 'tidegate-explain', workerData: task })
    const done = (explained: ExplainedApart): void => {
      clearTimeout(timer)
      resolve(explained)
      void thread.terminate()
    }
    const timer = setTimeout(() => done({ message: `explaining took longer than ${limit / 1_000} s and was ended` }), limit)
    thread.on('message', done)
    thread.on('error', (error) => done({ message: `explaining failed: ${error instanceof Error ? error.message : String(error)}` }))
    thread.on('exit', (code) => done({ message: `the thread that explains ended with code ${code}` }))
  })
}
