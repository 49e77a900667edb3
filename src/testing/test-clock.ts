// Time that a test moves: the gateway's deadlines come when the test says so, and not a moment earlier.
import { setImmediate } from 'node:timers/promises'
import { type DrivenClock, ManualClock } from '../base/clock.ts'
import { parseDuration } from '../base/duration.ts'
import type { End } from '../base/scope.ts'

/** Milliseconds in one step: what the gateway's deadlines are as exact as. */
const STEP = 50

/**
 * A clock for `createGateway(config, { clock })`: it stands still until it is advanced. What real connections do takes real time all the
 * same; scripted services answer without any.
 */
export class TestClock extends ManualClock implements DrivenClock {
  readonly #turns = new Set<() => void>()

  drive(turn: () => void): End {
    this.#turns.add(turn)
    return () => void this.#turns.delete(turn)
  }

  /**
   * Lets `time` pass (`30s`, or milliseconds), with everything that comes due on the way, in its order. Resolves when what that set in
   * motion has had its turn.
   * @throws RangeError for what is no duration.
   */
  async pass(time: string | number): Promise<void> {
    const whole = typeof time === 'number' ? time : parseDuration(time)
    if (whole === undefined || !(whole >= 0)) throw new RangeError(`\`${time}\` is no duration: write \`30s\`, or a number of milliseconds`)
    await settle()
    for (let left = whole; left > 0; left -= STEP) {
      this.advance(Math.min(STEP, left))
      for (const turn of this.#turns) turn()
      await setImmediate()
    }
    await settle()
  }
}

/** A request through a gateway and a scripted service, and back, passes a few turns of the loop. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await setImmediate()
}
