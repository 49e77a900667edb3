// An observer that keeps nothing; a test says over it what it wants to hear.
import type { Observer } from '../../src/observe/observer.ts'

export const silentObserver: Observer = {
  exchangeEnded() {},
  requestRejected() {},
  connectionOpened() {},
  connectionRefused() {},
  connectionClosed() {},
  upstreamOpened() {},
  upstreamClosed() {},
  endpointReached() {},
  endpointFailed() {},
}
