// A world around the life-cycle for its tests: workers that behave as told, timers, and a clock that jumps to whatever is due next.
import assert from 'node:assert/strict'
import { maxSlots } from '../../../src/runtime/cells.ts'
import { type Command, type Event, type Life, newLife, type Timer, type WorkerLife } from '../../../src/runtime/life.ts'
import { isOnItsWay } from '../../../src/runtime/life-draft.ts'
import { step } from '../../../src/runtime/lifecycle.ts'

/** What a worker does when it is asked for something. */
export type Behaviour = 'answers' | 'refuses' | 'dies' | 'hangs'
export type Request = 'boot' | 'listen' | 'prepare' | 'switch' | 'hand-over' | 'leave' | 'drain'

/**
 * The world around the state machine: workers that behave as told, timers, a clock that jumps to whatever is due next. After every event the
 * invariants are checked.
 */
export class World {
  life: Life = newLife()
  now = 0
  readonly settled = new Map<number, string>()
  readonly said: Command[] = []
  exit: number | undefined
  readonly #threads = new Map<number, { version: number; listens: boolean }>()
  leastListening = Infinity
  behave: (what: Request, worker: WorkerLife, version: number) => Behaviour = () => 'answers'
  load: () => 'loads' | 'fails' = () => 'loads'
  delay: () => number = () => 10
  size = 3
  #due: { at: number; event: Event; timer?: Timer }[] = []
  #versions = 0
  #reloads = 0

  boot(): void {
    this.#perform({ type: 'load' })
    this.run()
  }

  reload(): number {
    this.feed({ type: 'reload', id: ++this.#reloads })
    return this.#reloads
  }

  /** The versions that threads really serve, one for each that listens. */
  get served(): readonly number[] {
    return [...this.#threads.values()].filter(({ listens }) => listens).map(({ version }) => version)
  }

  get reloads(): number {
    return this.#reloads
  }

  after(ms: number, event: Event): void {
    this.#due.push({ at: this.now + ms, event })
  }

  /** Runs what is due until `limit` more milliseconds have passed, or nothing is left. */
  run(limit = Infinity): void {
    const end = this.now + limit
    for (;;) {
      this.#due.sort((a, b) => a.at - b.at)
      const next = this.#due[0]
      if (next === undefined || next.at > end) break
      this.#due.shift()
      this.now = next.at
      this.feed('at' in next.event ? { ...next.event, at: this.now } : next.event)
    }
    this.now = end === Infinity ? this.now : end
  }

  feed(event: Event): void {
    const before = this.life
    const { life, commands } = step(this.life, event)
    this.life = life
    const thread = 'worker' in event ? this.#threads.get(event.worker) : undefined
    if (event.type === 'gone') this.#threads.delete(event.worker)
    if (thread !== undefined && event.type === 'switched') thread.version = event.version
    if (thread !== undefined && (event.type === 'listening' || event.type === 'adopted')) thread.listens = true
    if (before.phase === 'ended') assert.deepEqual(commands, [], 'nothing happens after the end')
    for (const command of commands) this.#perform(command)
    this.#check()
  }

  #check(): void {
    const { workers, agreed, phase } = this.life
    const slots = workers.map((worker) => worker.slot)
    assert.equal(new Set(slots).size, slots.length, 'two threads share a slot')
    const served = new Set(this.served)
    assert.ok(served.size <= 2, `three versions are served: ${[...served].join(' ')}`)
    if (served.size > 1) assert.ok(['switching', 'pre-stop', 'draining', 'ended'].includes(phase), `two versions are served while ${phase}`)
    const onTheirWay = workers.filter(isOnItsWay).length
    // Twice as many as there have been, and those that have just been told to end.
    if (phase !== 'draining') assert.ok(onTheirWay <= 3 * this.life.most, `${onTheirWay} workers are on their way out`)
    assert.ok(Math.max(-1, ...slots) < maxSlots, 'a thread has a slot beyond the last')
    if (phase === 'serving') {
      for (const worker of workers) if (worker.state === 'serving') assert.equal(worker.version, agreed, 'a worker serves another version')
      this.leastListening = Math.min(this.leastListening, this.served.length)
    }
    if (phase === 'preparing') this.leastListening = Math.min(this.leastListening, this.served.length)
  }

  #perform(command: Command): void {
    this.said.push(command)
    switch (command.type) {
      case 'load':
        return this.after(
          this.delay(),
          this.load() === 'loads'
            ? { type: 'loaded', version: ++this.#versions, size: this.size }
            : { type: 'load-refused', exit: 78, reason: 'does not load' },
        )
      case 'probe':
        return this.after(this.delay(), { type: 'probed' })
      case 'spawn':
        this.#threads.set(command.worker, { version: command.version, listens: false })
        return this.#ask('boot', command.worker, command.version, { type: 'ready', worker: command.worker })
      case 'listen':
        return this.#ask('listen', command.worker, this.#worker(command.worker).version, { type: 'listening', worker: command.worker })
      case 'prepare':
      case 'switch': {
        const { worker, version } = command
        return this.#ask(command.type, worker, version, { type: command.type === 'prepare' ? 'prepared' : 'switched', worker, version })
      }
      case 'hand-over':
        return this.#ask('hand-over', command.to, this.#worker(command.to).version, { type: 'adopted', worker: command.to })
      case 'leave':
      case 'drain':
        this.#threads.delete(command.worker)
        return this.#ask(command.type, command.worker, 0, { type: 'drained', worker: command.worker, cut: 0 })
      case 'cut':
        return this.after(this.delay(), { type: 'drained', worker: command.worker, cut: 1 })
      case 'terminate':
        this.#threads.delete(command.worker)
        return this.after(this.delay(), { type: 'gone', worker: command.worker, at: 0, culprit: undefined })
      case 'timer':
        return this.#timer(command.timer, command.ms)
      case 'wait':
        return this.#timer(command.timer, command.timer === 'pre-stop' ? 100 : 2_000)
      case 'cancel':
        this.#due = this.#due.filter(({ timer }) => timer !== command.timer)
        return
      case 'settle':
        assert.ok(!this.settled.has(command.reload), 'a reload is answered twice')
        this.settled.set(command.reload, command.outcome)
        return
      case 'exit':
        assert.equal(this.exit, undefined)
        this.exit = command.code
        this.#threads.clear()
        return
      default:
    }
  }

  #worker(id: number): WorkerLife {
    return this.life.workers.find((worker) => worker.id === id) as WorkerLife
  }

  #timer(timer: Timer, ms: number): void {
    this.#due = this.#due.filter((due) => due.timer !== timer)
    this.#due.push({ at: this.now + ms, event: { type: 'timeout', timer, at: 0 }, timer })
  }

  #ask(what: Request, worker: number, version: number, answer: Event): void {
    const behaviour = this.behave(what, this.#worker(worker), version)
    if (behaviour === 'hangs') return
    if (behaviour === 'dies') return this.after(this.delay(), { type: 'gone', worker, at: 0, culprit: undefined })
    if (behaviour === 'refuses' && what !== 'switch' && what !== 'leave' && what !== 'drain')
      return this.after(this.delay(), { type: 'refused', worker, version, exit: 78, reason: 'refused' })
    this.after(this.delay(), answer)
  }
}

/** A world whose gateway has booted, `prepare` having had its say before. */
export const booted = (prepare: (world: World) => void = () => {}): World => {
  const world = new World()
  prepare(world)
  world.boot()
  return world
}
