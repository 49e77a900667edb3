// The two-phase change of version: every worker that has traffic builds the candidate; if all can, all switch; if one refuses, nobody does.
// One worker builds it first, and if that one is lost its successor is the next to try: a plan that ends or blocks whoever builds it costs
// one worker, never all of them. Part of `lifecycle.ts`.
import { bounds } from './life.ts'
import { type Draft, hasTraffic } from './life-draft.ts'
import { fill, replaceNext, resize, settle, spawn, writeOff } from './succession.ts'

/** Puts the candidate to the vote. */
export function open(draft: Draft): void {
  draft.life.phase = 'preparing'
  draft.life.casualties = 0
}

/** Called after every event: takes the change as far as it can go by now. */
export function advance(draft: Draft): void {
  if (draft.life.phase === 'preparing') proceed(draft)
  if (draft.life.phase === 'switching') finish(draft)
}

/** Asks who is still to be asked, and switches when all have built it. */
function proceed(draft: Draft): void {
  const { life, workers } = draft
  const voters = workers.filter((worker) => worker.version === life.agreed && (hasTraffic(worker) || worker.state === 'ready'))
  const built = hasBuilt(draft)
  const asked = voters.some((worker) => worker.ballot === 'preparing')
  const booting = workers.some((worker) => worker.version === life.candidate)
  const unasked = voters.filter((worker) => worker.ballot === 'none')
  if (unasked.length > 0 && (built || !(asked || booting))) {
    for (const worker of built ? unasked : unasked.slice(0, 1)) {
      draft.change(worker.id, { ballot: 'preparing' })
      draft.do({ type: 'prepare', worker: worker.id, version: life.candidate })
    }
    draft.do({ type: 'timer', timer: 'ballot', ms: bounds.ballot })
    return
  }
  // Nobody left to ask, or nobody at all. A worker that boots on the candidate is waited for only while nobody has built it.
  if (!asked && (built || !booting)) carry(draft)
}

/** Somebody has built the candidate: from then on a loss is not its fault. */
function hasBuilt(draft: Draft): boolean {
  return draft.workers.some(
    (worker) => worker.ballot === 'prepared' || (worker.state === 'ready' && worker.version === draft.life.candidate),
  )
}

/** All have built it: all take it. From here on the candidate is what is agreed, also for whoever starts meanwhile. */
function carry(draft: Draft): void {
  const { life } = draft
  life.phase = 'switching'
  life.agreed = life.candidate
  life.candidate = 0
  resize(draft)
  for (const worker of draft.workers)
    if (worker.ballot === 'prepared') {
      draft.change(worker.id, { ballot: 'switching' })
      draft.do({ type: 'switch', worker: worker.id, version: life.agreed })
    }
  draft.do({ type: 'timer', timer: 'ballot', ms: bounds.ballot })
}

/** Ends the change once every worker that had built it has taken it. */
function finish(draft: Draft): void {
  const { life } = draft
  if (draft.workers.some((worker) => worker.ballot === 'switching')) return
  life.phase = 'serving'
  life.givenUp = false
  life.losses = []
  life.culprits = new Map()
  if (life.refused.length > 0) draft.do({ type: 'refuse-routes', culprits: [] })
  life.refused = []
  draft.do({ type: 'cancel', timer: 'ballot' }, { type: 'agreed', version: life.agreed, first: false }, { type: 'readiness', ready: true })
  answer(draft, 'switched', '')
  fill(draft)
  for (const worker of draft.workers) settle(draft, worker.id)
  takeNext(draft)
}

/** A stop while all take the candidate: they have been told, so it counts as taken; nobody waits for them. */
export function abandonSwitch(draft: Draft): void {
  draft.do({ type: 'cancel', timer: 'ballot' }, { type: 'agreed', version: draft.life.agreed, first: false })
  answer(draft, 'switched', '')
}

/** The candidate is dropped; everybody keeps what is agreed. */
export function refuse(draft: Draft, reason: string): void {
  const { life } = draft
  const dropped = life.candidate
  life.candidate = 0
  life.phase = 'serving'
  draft.do({ type: 'cancel', timer: 'ballot' })
  for (const worker of draft.workers) {
    if (dropped === 0) break
    if (worker.version === dropped) writeOff(draft, worker.id, 'its configuration was refused')
    else if (worker.ballot !== 'none') {
      draft.change(worker.id, { ballot: 'none' })
      draft.do({ type: 'discard', worker: worker.id, version: dropped })
    }
  }
  answer(draft, 'refused', reason)
  fill(draft)
  for (const worker of draft.workers) settle(draft, worker.id)
  takeNext(draft)
}

/** A worker was lost while the candidate was being built. The first loss may be chance: its successor boots on the candidate. */
export function casualty(draft: Draft, voted: boolean): void {
  const { life } = draft
  if (voted) {
    life.casualties++
    if (life.casualties >= 2 && !hasBuilt(draft)) {
      refuse(draft, 'two workers were lost while they prepared it')
      return
    }
    if (!life.givenUp) spawn(draft, life.candidate)
  }
}

/** Answers the reloads that the change under way stands for. */
function answer(draft: Draft, outcome: 'switched' | 'refused', reason: string): void {
  for (const reload of draft.life.reloading) draft.do({ type: 'settle', reload, outcome, reason })
  draft.life.reloading = []
}

/** What has waited for the change to end: the newest reload, else a replacement. */
export function takeNext(draft: Draft): void {
  const { life } = draft
  if (life.waiting === undefined) {
    replaceNext(draft)
    return
  }
  life.reloading = [life.waiting]
  life.waiting = undefined
  life.phase = 'loading'
  draft.do({ type: 'load' })
}
