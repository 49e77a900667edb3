// Watches that every worker's event loop turns (R41): after a second without a beat its stack is reported, after its limit (ten) it is replaced.
import type { Session } from 'node:inspector'
import { withoutVersions } from '../plugins/graph.ts'
import { cell, type Cells } from './cells.ts'

/** How often main looks, in milliseconds. Silence is counted in looks: when main itself slept (a suspended machine), nobody is blamed. */
const look = 500
/** Looks without a beat after which the stack is reported: the first may have come right after a beat. */
const reportAfter = 3

export interface Watched {
  readonly worker: number
  readonly slot: number
}

export interface WatchdogHost {
  /** Who is to be watched; asked at each look. */
  watched(): readonly Watched[]
  /** Called once for each time that a worker is blocked for more than a second. */
  blocked(worker: number): void
  hung(worker: number): void
}

export class Watchdog {
  readonly #cells: Cells
  readonly #silence = new Map<number, { beat: number; looks: number }>()
  readonly #timer: NodeJS.Timeout
  readonly #giveUpAfter: number

  /** `limit`: how many milliseconds of silence are too many. */
  constructor(cells: Cells, limit: number, host: WatchdogHost) {
    this.#cells = cells
    this.#giveUpAfter = Math.ceil(limit / look) + 1
    this.#timer = setInterval(() => this.#look(host), look)
  }

  /** How long a watched worker has been silent, in milliseconds, by what main has seen; undefined for one that is not watched. */
  silence(worker: number): number | undefined {
    const looks = this.#silence.get(worker)?.looks
    return looks === undefined ? undefined : looks * look
  }

  end(): void {
    clearInterval(this.#timer)
  }

  #look(host: WatchdogHost): void {
    const watched = host.watched()
    const alive = new Set(watched.map(({ worker }) => worker))
    for (const worker of this.#silence.keys()) if (!alive.has(worker)) this.#silence.delete(worker)
    for (const { worker, slot } of watched) {
      const beat = Atomics.load(this.#cells.of(slot), cell.beat)
      const known = this.#silence.get(worker)
      if (known === undefined || known.beat !== beat) {
        this.#silence.set(worker, { beat, looks: 0 })
        continue
      }
      known.looks++
      if (known.looks === reportAfter) host.blocked(worker)
      if (known.looks === this.#giveUpAfter) host.hung(worker)
    }
  }
}

interface Frame {
  readonly functionName: string
  readonly location: { readonly scriptId: string; readonly lineNumber: number; readonly columnNumber: number }
}

type Notice =
  | { readonly method: 'Debugger.scriptParsed'; readonly params: { readonly scriptId: string; readonly url: string } }
  | { readonly method: 'Debugger.paused'; readonly params: { readonly callFrames: readonly Frame[] } }
  | { readonly method: undefined }

/**
 * The stack of what thread `threadId` runs right now, one line a frame, taken through the inspector without stopping it for longer than
 * that. undefined when there is no inspector or the thread does not run JavaScript within `timeout` milliseconds.
 */
export async function stackOf(threadId: number, timeout = 1_000): Promise<string | undefined> {
  const inspector = await import('node:inspector').catch(() => undefined)
  if (inspector === undefined) return undefined
  const session = new inspector.Session()
  session.connect()
  try {
    return await new Promise((resolve) => {
      setTimeout(resolve, timeout, undefined)
      listen(session, threadId, resolve)
      session.post('NodeWorker.enable', { waitForDebuggerOnStart: false })
    })
  } finally {
    session.disconnect()
  }
}

function listen(session: Session, threadId: number, found: (stack: string) => void): void {
  let id = 0
  const urls = new Map<string, string>()
  const say = (sessionId: string, method: string): void => {
    id++
    session.post('NodeWorker.sendMessageToWorker', { sessionId, message: JSON.stringify({ id, method }) })
  }
  session.on('NodeWorker.attachedToWorker', ({ params: { sessionId, workerInfo } }) => {
    // All threads are attached to; `title` is the only place that carries the thread's id.
    if (!workerInfo.title.startsWith(`[worker ${threadId}]`)) return
    say(sessionId, 'Debugger.enable')
    say(sessionId, 'Debugger.pause')
  })
  session.on('NodeWorker.receivedMessageFromWorker', ({ params: { sessionId, message } }) => {
    const notice = JSON.parse(message) as Notice
    if (notice.method === 'Debugger.scriptParsed') urls.set(notice.params.scriptId, notice.params.url)
    if (notice.method !== 'Debugger.paused') return
    found(notice.params.callFrames.map((frame) => frameLine(frame, urls)).join('\n'))
    say(sessionId, 'Debugger.resume')
    say(sessionId, 'Debugger.disable')
  })
}

function frameLine({ functionName, location: { scriptId, lineNumber, columnNumber } }: Frame, urls: ReadonlyMap<string, string>): string {
  return `    at ${functionName === '' ? '<anonymous>' : functionName} (${withoutVersions(urls.get(scriptId) ?? 'native')}:${lineNumber + 1}:${columnNumber + 1})`
}
