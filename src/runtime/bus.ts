// What main and a worker say to each other: two closed unions, and the data that a worker starts with. Plain data, sockets and ports only.
import type { Socket } from 'node:net'
import type { MessagePort } from 'node:worker_threads'
import type { ListenAddress } from '../net/acceptor.ts'
import type { ClientTables } from './client-counts.ts'
import type { PackedPlan } from './packed-plan.ts'
import type { MetricsSlot } from '../telemetry/metrics/metrics-join.ts'
import type { TelemetryReport } from './telemetry-hub.ts'

/** How many descriptors connections may take, over all workers. */
export interface DescriptorBudget {
  /** Connections of clients and to services together. */
  readonly all: number
  /** Connections of clients alone, so that there is room to reach a service. */
  readonly clients: number
}

/** Where the requests of each service of the plan are counted over all workers, by the service's name (`upstream/limit/permit-cells.ts`). */
export type PermitBuffers = ReadonlyMap<string, SharedArrayBuffer>

/** `workerData` of a worker thread. */
export interface WorkerStart {
  readonly id: number
  readonly slot: number
  readonly plan: PackedPlan
  readonly permits: PermitBuffers
  readonly clients: ClientTables
  /** See `cells.ts`. */
  readonly cells: SharedArrayBuffer
  /** ports: it listens itself; relay: main accepts for it. */
  readonly accept: 'ports' | 'relay'
  readonly descriptors: DescriptorBudget
  /** Routes that are answered 503 for now. */
  readonly refused: readonly string[]
  readonly telemetry: MetricsSlot
  /** Marks what has passed through this process (RFC 8586); the same in every worker. */
  readonly loopId: string
}

export type ToWorker =
  /** Builds that version and binds what it adds. Answer: `prepared` or `refused`. */
  | { readonly type: 'prepare'; readonly plan: PackedPlan; readonly permits: PermitBuffers }
  | { readonly type: 'switch' | 'discard'; readonly version: number }
  /** Binds what the version in use names and is not bound yet. Answer: `listening` or `refused`. */
  | { readonly type: 'listen' }
  /** Sends the listeners through the port. */
  | { readonly type: 'hand-over'; readonly port: MessagePort }
  /** Takes listeners out of the port. Answer: `adopted`. */
  | { readonly type: 'adopt'; readonly port: MessagePort }
  /** Stops accepting, closes at the next reply; `leave`: ends what stays idle as well. Answer: `drained`, once nothing is left. */
  | { readonly type: 'leave' | 'drain' }
  /** Ends the drain now. Answer: `drained`. */
  | { readonly type: 'cut' }
  /** Another worker has come. */
  | { readonly type: 'clients'; readonly tables: ClientTables }
  | { readonly type: 'refuse-routes'; readonly names: readonly string[] }
  /** Main has taken that many bytes of log lines. */
  | { readonly type: 'acknowledge'; readonly bytes: number }
  /** A connection that main accepted for it. */
  | { readonly type: 'connection'; readonly socket: Socket; readonly address: ListenAddress }

export type FromWorker =
  /** `routes`: names by index, for the route cell. */
  | { readonly type: 'ready'; readonly routes: readonly string[] }
  | { readonly type: 'listening' | 'adopted' }
  | { readonly type: 'prepared'; readonly version: number }
  | { readonly type: 'switched'; readonly version: number; readonly routes: readonly string[] }
  | { readonly type: 'refused'; readonly version: number; readonly exit: number; readonly reason: string }
  | { readonly type: 'drained'; readonly cut: number }
  /** An error that nobody caught: the worker asks to be replaced. */
  | { readonly type: 'failed'; readonly stack: string; readonly culprit: string | undefined }
  | { readonly type: 'say'; readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly message: string }
  | { readonly type: 'telemetry'; readonly report: TelemetryReport }
