// The life of the process as one state machine: a pure function from a life and an event to the next life and the commands that follow.
//
//   loading ─▶ probing ─▶ starting ─▶ serving ─▶ loading ─▶ probing ─▶ preparing ─▶ switching ─▶ serving
//      │          │          │          ▲  │        │          │           │
//      └──────────┴──────────┴─▶ ended  │  │        └──────────┴───────────┴── refused: back to serving, nothing has changed
//                                       │  └── a signal, from any phase: pre-stop ─▶ draining ─▶ ended
//                                       └── workers come and go meanwhile, each with a life of its own:
//
//   starting ─▶ ready ─▶ serving ─▶ handing-over ─▶ leaving ─▶ draining ─▶ dead (to dead from everywhere)
//                │  ▲                                                          and its ballot, from ready to draining:
//                └──┘ catches up when the agreed version has moved on          none ─▶ preparing ─▶ prepared ─▶ switching ─▶ none
import * as ballot from './ballot.ts'
import { bounds, type Command, type Event, exitCodes, type Life, type WorkerLife } from './life.ts'
import { Draft, isOnItsWay } from './life-draft.ts'
import { blame, exit, fill, mourn, replaceNext, resize, retire, settle, writeOff } from './succession.ts'

/** Takes one event. Events that come too late (of dead workers, timers already cancelled) change nothing. */
export function step(life: Life, event: Event): { readonly life: Life; readonly commands: readonly Command[] } {
  if (life.phase === 'ended') return { life, commands: [] }
  const draft = new Draft(life)
  take(draft, event)
  ballot.advance(draft)
  return { life: draft.life, commands: draft.commands }
}

function take(draft: Draft, event: Event): void {
  switch (event.type) {
    case 'loaded':
      return loaded(draft, event.version, event.size)
    case 'load-refused':
    case 'probe-refused':
      return declined(draft, event.exit, event.reason)
    case 'probed':
      return probed(draft)
    case 'reload':
      return reload(draft, event.id)
    case 'ready':
      return ready(draft, event.worker)
    case 'listening':
    case 'adopted':
      return serving(draft, event.worker)
    case 'prepared':
      return prepared(draft, event.worker, event.version)
    case 'switched':
      return switched(draft, event.worker, event.version)
    case 'refused':
      return refused(draft, event.worker, event.version, event.exit, event.reason)
    case 'failed':
      if (draft.live(event.worker) !== undefined) blame(draft, event.culprit)
      return replace(draft, event.worker, true)
    case 'replace':
      return replace(draft, event.worker, false)
    case 'hung':
      return hung(draft, event.worker, event.at, event.culprit, 'its event loop does not return')
    case 'gone':
      return gone(draft, event.worker, event.at, event.culprit)
    case 'drained':
      return drained(draft, event.worker, event.cut)
    case 'stop':
      return stop(draft, event.signal)
    case 'timeout':
      return timeout(draft, event.timer, event.at)
    default:
      return event satisfies never
  }
}

// Loading and probing: the same at boot and at a reload; only what a refusal means differs.

function loaded(draft: Draft, version: number, size: number): void {
  if (draft.life.phase !== 'loading') return
  draft.life.phase = 'probing'
  draft.life.candidate = version
  draft.life.nextSize = size
  draft.do({ type: 'probe', version })
}

function declined(draft: Draft, code: number, reason: string): void {
  const { life } = draft
  if (life.phase !== 'loading' && life.phase !== 'probing') return
  if (life.agreed === 0) exit(draft, code, reason)
  else ballot.refuse(draft, reason)
}

function probed(draft: Draft): void {
  const { life } = draft
  if (life.phase !== 'probing') return
  if (life.agreed > 0) return ballot.open(draft)
  life.phase = 'starting'
  life.agreed = life.candidate
  life.candidate = 0
  resize(draft)
  fill(draft)
}

function reload(draft: Draft, id: number): void {
  const { life } = draft
  if (life.phase === 'pre-stop' || life.phase === 'draining') {
    draft.do({ type: 'settle', reload: id, outcome: 'refused', reason: 'the gateway is stopping' })
  } else if (life.phase === 'serving') {
    life.waiting = id
    ballot.takeNext(draft)
  } else {
    if (life.waiting !== undefined)
      draft.do({ type: 'settle', reload: life.waiting, outcome: 'superseded', reason: 'a newer reload was asked for' })
    life.waiting = id
  }
}

// What workers report

function ready(draft: Draft, id: number): void {
  if (draft.live(id)?.state !== 'starting') return
  draft.change(id, { state: 'ready' })
  settle(draft, id)
}

function serving(draft: Draft, id: number): void {
  const worker = draft.live(id)
  if (worker === undefined) return
  if (worker.state === 'ready') {
    draft.change(id, { state: 'serving', replaces: undefined })
    draft.do({ type: 'cancel', timer: `worker:${id}` })
    const predecessor = worker.replaces === undefined ? undefined : draft.live(worker.replaces)
    if (predecessor !== undefined) retire(draft, predecessor.id)
  }
  if (draft.life.phase === 'starting' && draft.workers.filter((other) => other.state === 'serving').length === draft.life.size) {
    draft.life.phase = 'serving'
    draft.do({ type: 'agreed', version: draft.life.agreed, first: true }, { type: 'readiness', ready: true })
    ballot.takeNext(draft)
  }
  replaceNext(draft)
}

function replace(draft: Draft, id: number, failing: boolean): void {
  const worker = draft.live(id)
  if (worker?.state !== 'serving') return
  draft.change(id, { due: true, failing: worker.failing || failing })
  replaceNext(draft)
}

function prepared(draft: Draft, id: number, version: number): void {
  const worker = draft.live(id)
  if (worker?.ballot !== 'preparing') return
  if (draft.life.phase === 'preparing' && version === draft.life.candidate) {
    draft.change(id, { ballot: 'prepared' })
  } else if (version === draft.life.agreed) {
    draft.change(id, { ballot: 'switching' })
    draft.do({ type: 'switch', worker: id, version })
  } else {
    draft.change(id, { ballot: 'none' })
    draft.do({ type: 'discard', worker: id, version })
    settle(draft, id)
  }
}

function switched(draft: Draft, id: number, version: number): void {
  if (draft.live(id)?.ballot !== 'switching') return
  draft.change(id, { ballot: 'none', version })
  if (draft.life.phase !== 'switching') settle(draft, id)
}

function refused(draft: Draft, id: number, version: number, code: number, reason: string): void {
  const { life } = draft
  const worker = draft.live(id)
  if (worker === undefined) return
  if (life.phase === 'starting') exit(draft, code, reason)
  else if (life.phase === 'preparing' && version === life.candidate) ballot.refuse(draft, reason)
  // The agreed version, which others serve, cannot be built or bound in this worker: it starts afresh.
  else draft.do({ type: 'terminate', worker: id, reason })
}

// Losses

function hung(draft: Draft, id: number, at: number, culprit: string | undefined, reason: string): void {
  const worker = draft.live(id)
  if (worker === undefined) return
  writeOff(draft, id, reason)
  lost(draft, worker, at, culprit)
}

function gone(draft: Draft, id: number, at: number, culprit: string | undefined): void {
  const worker = draft.life.workers.find((one) => one.id === id)
  if (worker === undefined) return
  if (worker.state !== 'dead') writeOff(draft, id, 'it ended')
  draft.life.workers = draft.life.workers.filter((one) => one.id !== id)
  if (worker.state !== 'dead') lost(draft, worker, at, culprit)
}

function lost(draft: Draft, worker: WorkerLife, at: number, culprit: string | undefined): void {
  const { life } = draft
  if (life.phase === 'starting') return exit(draft, exitCodes.failure, 'a worker was lost before the gateway was ready')
  if (life.phase === 'draining') {
    life.cut = true
    return endWhenEmpty(draft)
  }
  const predecessor = worker.replaces === undefined ? undefined : draft.live(worker.replaces)
  if (predecessor?.state === 'handing-over') {
    // Its listeners may have gone down with the successor: it binds what it lacks.
    draft.change(predecessor.id, { state: 'serving' })
    draft.do({ type: 'listen', worker: predecessor.id })
  }
  if (!isOnItsWay(worker)) mourn(draft, at, culprit)
  if (life.phase === 'preparing') {
    const voted = worker.ballot !== 'none' || worker.version === life.candidate
    ballot.casualty(draft, voted && !isOnItsWay(worker) && worker.replaces === undefined)
  }
}

// Stopping

function stop(draft: Draft, signal: 'SIGINT' | 'SIGTERM'): void {
  const { life } = draft
  if (life.signal !== undefined) {
    life.cut = true
    return exit(draft, exitCodes[signal], 'stopped at once')
  }
  life.signal = signal
  draft.do({ type: 'readiness', ready: false })
  if (life.waiting !== undefined) draft.do({ type: 'settle', reload: life.waiting, outcome: 'refused', reason: 'the gateway is stopping' })
  life.waiting = undefined
  if (life.phase === 'starting' || life.agreed === 0) return exit(draft, exitCodes.ok, 'stopped before it was ready')
  if (life.phase === 'switching') ballot.abandonSwitch(draft)
  else if (life.phase !== 'serving') ballot.refuse(draft, 'the gateway is stopping')
  life.phase = 'pre-stop'
  draft.do({ type: 'wait', timer: 'pre-stop' })
}

function drain(draft: Draft): void {
  draft.life.phase = 'draining'
  draft.do({ type: 'cancel', timer: 'respawn' })
  for (const worker of draft.workers) retire(draft, worker.id)
  draft.do({ type: 'wait', timer: 'drain' })
  endWhenEmpty(draft)
}

function drained(draft: Draft, id: number, cut: number): void {
  if (!draft.workers.some((worker) => worker.id === id && isOnItsWay(worker))) return
  writeOff(draft, id, 'it has drained')
  if (draft.life.phase !== 'draining') {
    if (cut > 0) draft.say('warn', `worker ${id} has left; ${stillOpen(cut)} still open`)
    return
  }
  draft.life.cut ||= cut > 0
  draft.life.cutOff += cut
  endWhenEmpty(draft)
}

function endWhenEmpty(draft: Draft): void {
  const { life } = draft
  if (life.phase !== 'draining' || draft.workers.length > 0) return
  exit(draft, life.cut && life.signal !== undefined ? exitCodes[life.signal] : exitCodes.ok, life.cut ? cutShort(life.cutOff) : 'drained')
}

/** Workers that were lost or did not end in time could not say what they had. */
function cutShort(cutOff: number): string {
  if (cutOff === 0) return 'the drain was cut short'
  return `the drain was cut short: ${stillOpen(cutOff)} still open`
}

const stillOpen = (cut: number): string => (cut === 1 ? '1 request or stream was' : `${cut} requests and streams were`)

function timeout(draft: Draft, timer: Extract<Event, { type: 'timeout' }>['timer'], at: number): void {
  const { life } = draft
  switch (timer) {
    case 'ballot':
      for (const worker of draft.workers)
        if (life.phase === 'preparing' ? worker.ballot === 'preparing' && worker.version === life.agreed : worker.ballot === 'switching')
          hung(draft, worker.id, at, undefined, 'it was silent while the configuration changed')
      return
    case 'respawn':
      if (life.phase === 'draining') return
      fill(draft)
      return replaceNext(draft)
    case 'pre-stop':
      return life.phase === 'pre-stop' ? drain(draft) : undefined
    case 'drain':
      for (const worker of draft.workers) draft.do({ type: 'cut', worker: worker.id })
      draft.do({ type: 'timer', timer: 'end', ms: bounds.end })
      return
    case 'end':
      life.cut = true
      return exit(draft, life.signal === undefined ? exitCodes.failure : exitCodes[life.signal], cutShort(life.cutOff))
    default:
      return workerTimeout(draft, timer, at)
  }
}

function workerTimeout(draft: Draft, timer: `worker:${number}` | `spent:${number}` | `end:${number}`, at: number): void {
  const [kind, number] = timer.split(':')
  const id = Number(number)
  if (kind === 'worker') return hung(draft, id, at, undefined, 'it did not start in time')
  if (draft.live(id)?.state !== 'draining') return
  if (kind === 'end') {
    draft.life.cut ||= draft.life.phase === 'draining'
    writeOff(draft, id, 'its drain was cut short')
    return endWhenEmpty(draft)
  }
  draft.do({ type: 'cut', worker: id }, { type: 'timer', timer: `end:${id}`, ms: bounds.end })
}
