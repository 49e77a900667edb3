// A balancer picks one endpoint of a service for one attempt. One small file an algorithm.
import type { CallView } from '../../observe/call-view.ts'
import type { Endpoint } from '../endpoint.ts'

export interface Balancer {
  /** Picks among `endpoints` one that is not in `tried`; undefined when there is none. */
  pick(endpoints: readonly Endpoint[], call: CallView, tried: readonly Endpoint[]): Endpoint | undefined
}
