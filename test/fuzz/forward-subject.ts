// The engine between a client and a service that fuzzing plays both: one thread, no clock, every byte and every check phase by hand.
import { Service } from '../harness/service.ts'
import type { ServiceScript } from '../harness/service.ts'
import { SteppedStage } from '../harness/stepped-stage.ts'
import type { MemoryPeer } from '../harness/peer.ts'

export class ForwardSubject {
  readonly service = new Service({ onRequest() {} })
  #stage = new SteppedStage((peer, port) => this.service.take(peer, port))
  #clients: MemoryPeer[] = []

  /** From here on the service follows `script`; what there was before is forgotten. */
  begin(script: ServiceScript): void {
    const { ended, rejected, answered } = this.#stage.gateway
    this.service.script = script
    this.service.connections.length = this.service.problems.length = 0
    ended.length = rejected.length = answered.length = 0
  }

  client(): MemoryPeer {
    const client = this.#stage.client()
    this.#clients.push(client)
    this.settle()
    return client
  }

  /** Until nothing is on its way any more. */
  settle(): void {
    this.#stage.settle()
  }

  /** The methods of whatever was answered, in order. */
  get answered(): readonly string[] {
    return this.#stage.gateway.answered
  }

  /** Ends every connection; returns what the engine has not let go of, '' for nothing. */
  finish(): string {
    for (const client of this.#clients) client.reset()
    this.#clients = []
    this.settle()
    for (const { peer } of this.service.connections) peer.reset()
    this.settle()
    return this.#stage.kept()
  }

  end(): Promise<void> {
    return this.#stage.end()
  }
}
