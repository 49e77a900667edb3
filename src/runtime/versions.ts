// The versions of the configuration that main still needs, and what workers share for as long as a version names it.
import type { Plan } from '../config/plan.ts'
import { PermitTable } from '../upstream/limit/permit-cells.ts'
import type { PermitBuffers } from './bus.ts'
import { packPlan, type PackedPlan } from './packed-plan.ts'

export class Versions {
  readonly #plans = new Map<number, Plan>()
  /** Of plans that some worker has been asked to build. */
  readonly #packed = new Map<number, PackedPlan>()
  readonly #permits: PermitTable
  #last = 0

  /** `slots`: how many workers may live at one time. */
  constructor(slots: number) {
    this.#permits = new PermitTable(slots)
  }

  /** Numbers a plan that has been loaded. */
  add(plan: Plan): number {
    plan.version = ++this.#last
    this.#plans.set(plan.version, plan)
    return plan.version
  }

  /** undefined for 0 and for versions that have been forgotten. */
  find(version: number): Plan | undefined {
    return this.#plans.get(version)
  }

  /** @throws Error for a version that is not known: the life-cycle names only those that are. */
  get(version: number): Plan {
    const plan = this.#plans.get(version)
    if (plan === undefined) throw new Error(`version ${version} of the configuration is not known`)
    return plan
  }

  /** What a worker builds that version from; nothing of the plan may change after the first. */
  parcel(version: number): { readonly plan: PackedPlan; readonly permits: PermitBuffers } {
    const plan = this.get(version)
    let packed = this.#packed.get(version)
    if (packed === undefined) this.#packed.set(version, (packed = packPlan(plan)))
    return { plan: packed, permits: this.#permits.of(plan.services.map(({ name }) => name)) }
  }

  /** Forgets every other version. */
  keep(version: number): void {
    for (const other of this.#plans.keys()) {
      if (other === version) continue
      this.#plans.delete(other)
      this.#packed.delete(other)
    }
    this.#permits.keep(this.get(version).services.map(({ name }) => name))
  }

  /** Gives back what the worker of that slot held; it has ended. */
  giveBack(slot: number): void {
    this.#permits.clear(slot)
  }
}
