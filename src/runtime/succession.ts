// Who works: starting workers, losing them, replacing one by another without a gap. Part of the transitions in `lifecycle.ts`.
import { maxSlots, maxWorkers } from './cells.ts'
import { bounds, exitCodes, type WorkerLife } from './life.ts'
import { type Draft, hasSeat } from './life-draft.ts'

/** Starts a worker on `version`, in the lowest slot that no thread writes to. */
export function spawn(draft: Draft, version: number, replaces?: number): WorkerLife {
  const { life } = draft
  const taken = new Set(life.workers.map((worker) => worker.slot))
  let slot = 0
  while (taken.has(slot)) slot++
  const worker: WorkerLife = { id: life.nextWorker, slot, state: 'starting', ballot: 'none', version, replaces, due: false, failing: false }
  life.nextWorker++
  life.workers = [...life.workers, worker]
  draft.do({ type: 'spawn', worker: worker.id, slot, version }, { type: 'timer', timer: `worker:${worker.id}`, ms: bounds.start })
  return worker
}

/** The number of workers is the agreed configuration's from now on. */
export function resize(draft: Draft): void {
  const { life } = draft
  life.size = life.nextSize
  life.most = Math.max(life.most, life.size)
}

/** Brings the number of workers to `size`: starts what is missing, lets go what is too many (the newest first). */
export function fill(draft: Draft): void {
  const { life } = draft
  const seated = draft.workers.filter(hasSeat)
  makeRoom(draft)
  if (!life.givenUp)
    for (let missing = life.size - seated.length; missing > 0; missing--) {
      if (life.workers.length >= maxSlots) {
        // Threads that have been told to end hold their slots for a moment.
        draft.do({ type: 'timer', timer: 'respawn', ms: bounds.backoff })
        break
      }
      spawn(draft, life.agreed)
    }
  for (const worker of seated.slice(life.size).toReversed()) retire(draft, worker.id)
}

/**
 * A worker is no longer needed: it closes its listeners and finishes what it has. While the process goes on nothing of it is cut (R33), unless
 * an error escaped in it: then it may be waiting for what never comes.
 */
export function retire(draft: Draft, id: number): void {
  const worker = draft.live(id)
  if (worker === undefined || worker.state === 'draining') return
  const stopping = draft.life.phase === 'draining'
  if (worker.state === 'leaving' && !stopping) return
  freeSuccessors(draft, id)
  if (worker.state === 'starting' || worker.state === 'ready') {
    writeOff(draft, id, 'no longer needed')
    return
  }
  draft.do({ type: 'cancel', timer: `worker:${id}` })
  if (stopping || worker.failing) {
    draft.change(id, { state: 'draining', replaces: undefined })
    draft.do({ type: 'drain', worker: id })
    if (!stopping) draft.do({ type: 'wait', timer: `spent:${id}` })
  } else {
    // In the order in which they leave: the first is the first to be hurried.
    draft.change(id, { state: 'leaving', replaces: undefined })
    draft.moveLast(id)
    draft.do({ type: 'leave', worker: id })
  }
  makeRoom(draft)
}

/**
 * Each worker that leaves costs its memory for as long as one stream of it lasts, and reloads may go on for ever: at most as many stay as
 * there have been workers. Beyond it the first that left has until its drain's deadline, and beyond twice that many until now.
 */
function makeRoom(draft: Draft): void {
  const { life } = draft
  if (life.phase === 'draining') return
  const room = Math.max(0, Math.min(life.most, maxWorkers - life.size))
  const excess = (state: WorkerLife['state']): readonly WorkerLife[] => {
    const those = draft.workers.filter((worker) => worker.state === state)
    return those.slice(0, Math.max(0, those.length - room))
  }
  for (const { id } of excess('leaving')) {
    draft.change(id, { state: 'draining' })
    draft.say('warn', `more than ${room} workers are leaving: worker ${id}, the first, ends what it still holds after timeouts.drain`)
    draft.do({ type: 'wait', timer: `spent:${id}` })
  }
  for (const { id } of excess('draining')) draft.do({ type: 'timer', timer: `spent:${id}`, ms: 0 })
}

/** Ends a thread at once, whatever it does. It keeps its slot until it is gone. */
export function writeOff(draft: Draft, id: number, reason: string): void {
  draft.change(id, { state: 'dead', ballot: 'none', replaces: undefined })
  draft.do({ type: 'cancel', timer: `worker:${id}` }, { type: 'cancel', timer: `spent:${id}` }, { type: 'terminate', worker: id, reason })
  freeSuccessors(draft, id)
}

/** The predecessor is gone or leaves: whoever was to take its listeners binds its own and takes its seat. */
function freeSuccessors(draft: Draft, id: number): void {
  for (const heir of draft.workers.filter((worker) => worker.replaces === id)) {
    draft.change(heir.id, { replaces: undefined })
    if (heir.state === 'ready') settle(draft, heir.id)
  }
}

/** A culprit that ended, blocked or broke two workers is refused from then on, and its losses count no more (R39). */
export function blame(draft: Draft, culprit: string | undefined): void {
  const { life } = draft
  if (culprit === undefined) return
  const times = (life.culprits.get(culprit) ?? 0) + 1
  life.culprits = new Map(life.culprits).set(culprit, times)
  if (times < 2) return
  life.losses = life.losses.filter((loss) => loss.culprit !== culprit)
  if (life.refused.includes(culprit)) return
  life.refused = [...life.refused, culprit]
  draft.say('error', `requests of ${culprit} ended a worker twice; they are answered 503 until the next reload`)
  draft.do({ type: 'refuse-routes', culprits: life.refused })
}

/** Counts a loss, and has the worker started again unless there were too many. */
export function mourn(draft: Draft, at: number, culprit: string | undefined): void {
  const { life } = draft
  life.losses = [...life.losses.filter((loss) => at - loss.at < bounds.window), { at, culprit }]
  blame(draft, culprit)
  if (life.losses.length >= bounds.losses && !life.givenUp) {
    life.givenUp = true
    draft.say(
      'error',
      `${bounds.losses} workers were lost within ${bounds.window / 1000} s; none is started again before a reload succeeds`,
    )
    draft.do({ type: 'readiness', ready: false })
  }
  if (life.givenUp) {
    if (draft.workers.length === 0) exit(draft, exitCodes.failure, 'no worker is left')
  } else {
    const recent = life.losses.length - 1
    const ms = recent <= 0 ? 0 : Math.min(bounds.backoff * 2 ** (recent - 1), bounds.maxBackoff)
    draft.do({ type: 'timer', timer: 'respawn', ms })
  }
}

/** A worker whose data plane stands goes on: it catches up with the agreed version, takes its predecessor's listeners, or binds its own. */
export function settle(draft: Draft, id: number): void {
  const worker = draft.live(id)
  if (worker?.state !== 'ready' || worker.ballot !== 'none') return
  if (worker.version !== draft.life.agreed) {
    // Ready on the candidate: it waits for the switch. Ready on a version that was left meanwhile: it takes the agreed one first (R53).
    if (worker.version === draft.life.candidate) return
    draft.change(id, { ballot: 'preparing' })
    draft.do({ type: 'prepare', worker: id, version: draft.life.agreed })
    return
  }
  const predecessor = worker.replaces === undefined ? undefined : draft.live(worker.replaces)
  if (predecessor?.state !== 'serving') {
    draft.do({ type: 'listen', worker: id })
    return
  }
  draft.change(predecessor.id, { state: 'handing-over' })
  draft.do({ type: 'hand-over', from: predecessor.id, to: id })
}

/** Starts the next replacement that is due, one at a time (R40). */
export function replaceNext(draft: Draft): void {
  if (draft.life.phase !== 'serving' || draft.life.givenUp || draft.workers.some((worker) => worker.replaces !== undefined)) return
  const due = draft.workers.find((worker) => worker.due && worker.state === 'serving')
  if (due !== undefined && draft.life.workers.length < maxSlots) spawn(draft, draft.life.agreed, due.id)
}

/** Ends the process. */
export function exit(draft: Draft, code: number, reason: string): void {
  const { life } = draft
  for (const reload of [...life.reloading, ...(life.waiting === undefined ? [] : [life.waiting])])
    draft.do({ type: 'settle', reload, outcome: 'refused', reason: 'the gateway is stopping' })
  life.reloading = []
  life.waiting = undefined
  life.phase = 'ended'
  life.exit = code
  draft.do({ type: 'exit', code, reason })
}
