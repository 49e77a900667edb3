// Ports on which main accepts for its workers (where threads cannot share a port), within the descriptors that the process has.
import { availableParallelism } from 'node:os'
import type { Cells } from './cells.ts'
import type { Crew } from './crew.ts'
import { descriptorBudget, DescriptorGuard } from './descriptors.ts'
import { Ports, type PortsBeside } from './ports.ts'

/** How often main looks whether connections have closed meanwhile, in milliseconds: workers count them, and do not tell. */
const look = 100

export interface RelayOptions {
  readonly cells: Cells
  readonly crew: Crew
  readonly share: boolean
  readonly beside?: PortsBeside | undefined
  /** Who may be given a connection now. */
  readonly workers: () => readonly number[]
  /** The configuration's `limits.connections`. */
  readonly ceiling: () => number | undefined
}

export class RelayPorts extends Ports {
  readonly #timer: NodeJS.Timeout

  constructor({ cells, crew, share, beside, workers, ceiling }: RelayOptions) {
    const guard = new DescriptorGuard(cells, 0, descriptorBudget(availableParallelism()), () => crew.underWay)
    super({
      share,
      beside,
      relay: (socket, address) => {
        crew.sendSocket(workers(), { type: 'connection', socket, address })
        guard.look()
      },
    })
    guard.guard(this)
    this.#timer = setInterval(() => guard.limit(ceiling()), look)
  }

  override async close(): Promise<void> {
    clearInterval(this.#timer)
    await super.close()
  }
}
