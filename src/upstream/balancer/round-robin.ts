// Smooth weighted round robin, as nginx does it: every endpoint gains its weight, the richest is picked and pays the sum, so that
// weights 5, 1, 1 come out as a a b a c a a and not as a a a a a b c.
import type { CallView } from '../../observe/call-view.ts'
import type { Endpoint } from '../endpoint.ts'
import type { Balancer } from './balancer.ts'

export class RoundRobin implements Balancer {
  #next = 0
  #current = new Map<Endpoint, number>()
  #weighted: boolean

  constructor(endpoints: readonly Endpoint[]) {
    this.#weighted = endpoints.some((endpoint) => endpoint.weight !== endpoints[0]?.weight)
  }

  pick(endpoints: readonly Endpoint[], _call: CallView, tried: readonly Endpoint[]): Endpoint | undefined {
    if (this.#weighted) return this.#pickWeighted(endpoints, tried)
    for (let i = 0; i < endpoints.length; i++) {
      if (this.#next >= endpoints.length) this.#next = 0
      const endpoint = endpoints[this.#next++] as Endpoint
      if (tried.length === 0 || !tried.includes(endpoint)) return endpoint
    }
    return undefined
  }

  #pickWeighted(endpoints: readonly Endpoint[], tried: readonly Endpoint[]): Endpoint | undefined {
    let total = 0
    let best: Endpoint | undefined
    let most = -Infinity
    for (const endpoint of endpoints) {
      if (tried.includes(endpoint) || endpoint.weight === 0) continue
      const credit = (this.#current.get(endpoint) ?? 0) + endpoint.weight
      this.#current.set(endpoint, credit)
      total += endpoint.weight
      if (credit > most) {
        most = credit
        best = endpoint
      }
    }
    if (best !== undefined) this.#current.set(best, most - total)
    return best
  }
}
