// The vocabulary of the process's life: what is known of it, what can happen to it, and what is then to be done. `lifecycle.ts` holds
// the transitions; `supervisor.ts` turns commands into threads, messages and timers, and what comes back into events.

/**
 * Where the process stands. `loading` and `probing` are passed at boot and by every reload; while `agreed` is 0 it is the boot.
 * `preparing`: workers build the candidate; `switching`: they have been told to take it.
 */
export type Phase = 'loading' | 'probing' | 'starting' | 'serving' | 'preparing' | 'switching' | 'pre-stop' | 'draining' | 'ended'

/**
 * starting: the thread boots; ready: its data plane stands, it does not listen yet; serving: it listens; handing-over: its successor takes
 * its listeners; leaving: no longer needed, it keeps what it has until that ends by itself; draining: the same up to a deadline; dead: ended,
 * or told to end and written off.
 */
export type WorkerState = 'starting' | 'ready' | 'serving' | 'handing-over' | 'leaving' | 'draining' | 'dead'

/** A worker's part in a change of version: none, building it, built it, told to take it. */
export type Ballot = 'none' | 'preparing' | 'prepared' | 'switching'

export interface WorkerLife {
  /** Counted up for each thread ever started. */
  readonly id: number
  /** Which shared counters it writes. Two live workers never share a slot; a successor goes on with a free one. */
  readonly slot: number
  readonly state: WorkerState
  readonly ballot: Ballot
  /** The version that it serves, or boots on. */
  readonly version: number
  /** The live worker whose listeners it is to take; undefined when it binds its own. */
  readonly replaces: number | undefined
  /** It is to be replaced as soon as no other replacement runs. */
  readonly due: boolean
  /** An error escaped in it: what it holds may never end by itself. */
  readonly failing: boolean
}

/** A loss that counts towards the crash loop. */
export interface Loss {
  readonly at: number
  readonly culprit: string | undefined
}

export interface Life {
  readonly phase: Phase
  /** How many workers there are to be. */
  readonly size: number
  /** The same when the candidate is agreed. */
  readonly nextSize: number
  /** The largest size so far: so many workers may be leaving at a time. */
  readonly most: number
  /** The version that all serve; 0 before the first. */
  readonly agreed: number
  /** The version under way; 0 when there is none. */
  readonly candidate: number
  /** Reloads that the version under way answers. */
  readonly reloading: readonly number[]
  /** The newest reload asked for meanwhile; older ones are answered `superseded`. */
  readonly waiting: number | undefined
  readonly workers: readonly WorkerLife[]
  readonly nextWorker: number
  /** Workers lost while preparing the candidate. The second one is taken for its fault. */
  readonly casualties: number
  readonly losses: readonly Loss[]
  /** How often a culprit has ended a worker. */
  readonly culprits: ReadonlyMap<string, number>
  readonly refused: readonly string[]
  /** After too many losses nothing is started again before a reload succeeds. */
  readonly givenUp: boolean
  /** Work was cut off by a signal, a deadline or a loss while stopping. */
  readonly cut: boolean
  /** So many requests and streams were ended by the deadline of the drain. */
  readonly cutOff: number
  readonly signal: StopSignal | undefined
  readonly exit: number
}

export type StopSignal = 'SIGINT' | 'SIGTERM'
export type ReloadOutcome = 'switched' | 'refused' | 'superseded'
/** `worker:N` bounds a worker's start or hand-over, `spent:N` its drain while others go on, `end:N` what follows. */
export type Timer = 'ballot' | 'respawn' | 'pre-stop' | 'drain' | 'end' | `worker:${number}` | `spent:${number}` | `end:${number}`

export type Event =
  | { readonly type: 'loaded'; readonly version: number; readonly size: number }
  | { readonly type: 'load-refused'; readonly exit: number; readonly reason: string }
  | { readonly type: 'probed' }
  | { readonly type: 'probe-refused'; readonly exit: number; readonly reason: string }
  | { readonly type: 'reload'; readonly id: number }
  | { readonly type: 'ready' | 'listening' | 'adopted'; readonly worker: number }
  /** `cut`: so many requests and streams were ended before they were over. */
  | { readonly type: 'drained'; readonly worker: number; readonly cut: number }
  | { readonly type: 'prepared' | 'switched'; readonly worker: number; readonly version: number }
  | { readonly type: 'refused'; readonly worker: number; readonly version: number; readonly exit: number; readonly reason: string }
  /** An error escaped in it; `culprit`: the route whose code threw it. */
  | { readonly type: 'failed'; readonly worker: number; readonly culprit: string | undefined }
  | { readonly type: 'hung'; readonly worker: number; readonly at: number; readonly culprit: string | undefined }
  | { readonly type: 'gone'; readonly worker: number; readonly at: number; readonly culprit: string | undefined }
  | { readonly type: 'replace'; readonly worker: number }
  | { readonly type: 'stop'; readonly signal: StopSignal }
  | { readonly type: 'timeout'; readonly timer: Timer; readonly at: number }

export type Command =
  | { readonly type: 'load' }
  /** Prove that the addresses which the candidate adds are free. */
  | { readonly type: 'probe'; readonly version: number }
  | { readonly type: 'spawn'; readonly worker: number; readonly slot: number; readonly version: number }
  | { readonly type: 'listen'; readonly worker: number }
  | { readonly type: 'prepare' | 'switch' | 'discard'; readonly worker: number; readonly version: number }
  | { readonly type: 'hand-over'; readonly from: number; readonly to: number }
  /** Stop accepting, close at the next reply. `leave`: also end what stays idle. `cut`: end what is idle, then the rest. */
  | { readonly type: 'leave' | 'drain' | 'cut'; readonly worker: number }
  | { readonly type: 'terminate'; readonly worker: number; readonly reason: string }
  | { readonly type: 'refuse-routes'; readonly culprits: readonly string[] }
  | { readonly type: 'timer'; readonly timer: Timer; readonly ms: number }
  /** A timer whose length the agreed configuration says. */
  | { readonly type: 'wait'; readonly timer: 'pre-stop' | 'drain' | `spent:${number}` }
  | { readonly type: 'cancel'; readonly timer: Timer }
  | { readonly type: 'settle'; readonly reload: number; readonly outcome: ReloadOutcome; readonly reason: string }
  /** All serve `version`: what the one before needed can go. `first`: the process is ready. */
  | { readonly type: 'agreed'; readonly version: number; readonly first: boolean }
  | { readonly type: 'readiness'; readonly ready: boolean }
  | { readonly type: 'say'; readonly level: 'info' | 'warn' | 'error'; readonly message: string }
  | { readonly type: 'exit'; readonly code: number; readonly reason: string }

export const exitCodes = { ok: 0, failure: 1, bind: 69, config: 78, SIGINT: 130, SIGTERM: 143 } as const

/** Durations in milliseconds, and counts, each with its reason. */
export const bounds = {
  /** A worker that has not answered by then is taken for hung (architecture.md). */
  ballot: 5_000,
  /** Imports, snapshot and listeners of one worker; a healthy start takes a tenth of a second. */
  start: 10_000,
  /** From the second loss within the window on: 100, 200, 400, 800 ms, so that a successor is always there within a second (R39). */
  backoff: 100,
  maxBackoff: 800,
  /** A crash loop: this many losses within the window, and nothing is started any more. */
  losses: 5,
  window: 60_000,
  /** Between the cut at the drain's end and the end of the thread. */
  end: 1_000,
} as const

/** The life before anything has happened. */
export function newLife(): Life {
  return {
    phase: 'loading',
    size: 0,
    nextSize: 0,
    most: 0,
    agreed: 0,
    candidate: 0,
    reloading: [],
    waiting: undefined,
    workers: [],
    nextWorker: 1,
    casualties: 0,
    losses: [],
    culprits: new Map(),
    refused: [],
    givenUp: false,
    cut: false,
    cutOff: 0,
    signal: undefined,
    exit: exitCodes.ok,
  }
}
