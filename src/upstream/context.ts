// What everything on the way to services shares in one thread.
import type { Clock } from '../base/clock.ts'
import type { Flusher } from '../net/flusher.ts'
import type { Wheel } from '../net/wheel.ts'
import type { Observer } from '../observe/observer.ts'
import type { Dialer } from './dial.ts'
import type { Names } from './resolve/resolver.ts'

export interface UpstreamContext {
  readonly wheel: Wheel
  readonly flusher: Flusher
  readonly clock: Clock
  readonly dialer: Dialer
  readonly observer: Observer
  /** Resolves the hosts of endpoints; left out: the dialer gets them as they are. */
  readonly names?: Names
}
