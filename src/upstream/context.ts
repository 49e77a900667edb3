// What everything on the way to services shares in one thread.
import type { Clock } from '../base/clock.ts'
import type { Flusher } from '../net/flusher.ts'
import type { Wheel } from '../net/wheel.ts'
import type { Observer } from '../observe/observer.ts'
import type { Dialer } from './dial.ts'

export interface UpstreamContext {
  readonly wheel: Wheel
  readonly flusher: Flusher
  readonly clock: Clock
  readonly dialer: Dialer
  readonly observer: Observer
}
