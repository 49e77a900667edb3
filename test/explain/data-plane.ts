// What the data plane itself does with a request: a plain core with a whole plan, seen by its observer, whose services all answer 203.
import type { Plan } from '../../src/config/plan.ts'
import { MemoryNetwork, MemoryWire } from '../../src/net/memory-wire.ts'
import type { CallView } from '../../src/observe/call-view.ts'
import type { Outcome } from '../../src/observe/outcome.ts'
import type { PolicyCreators } from '../../src/pipeline/compile-all.ts'
import { createCore } from '../../src/runtime/core.ts'
import { UnhurriedClock } from '../../src/runtime/explain-clock.ts'
import { writeRequest, type ExplainRequest } from '../../src/runtime/explain-request.ts'
import { StandInServices } from '../../src/runtime/explain-services.ts'
import type { ServedExchange } from '../../src/serve/exchange.ts'
import { silentObserver } from '../harness/silent-observer.ts'

export const SERVICE_STATUS = 203

/** How a request ended. */
export interface Observed {
  readonly route: string
  readonly entered: readonly string[]
  readonly status: number
  readonly fault: string
  readonly code: string
  readonly service: string
  readonly from: string
  /** What a 405 says in Allow. */
  readonly allow: readonly string[]
  /** It was refused before there was an exchange. */
  readonly rejected: boolean
}

export interface ObservedDataPlane {
  ask(request: ExplainRequest): Promise<Observed>
  end(): Promise<void>
}

const unserved = { onConnect() {}, onData() {}, onDrain() {}, onEnd() {}, onClose() {} }

export async function observedDataPlane(plan: Plan, registry: PolicyCreators): Promise<ObservedDataPlane> {
  const network = new MemoryNetwork()
  let tell: (seen: Observed) => void = () => {}
  const core = createCore({
    clock: new UnhurriedClock(),
    observer: {
      ...silentObserver,
      exchangeEnded: (call, outcome) => tell(observed(call, outcome)),
      requestRejected: (peer, fault, _target, rejection) =>
        tell({
          route: '',
          entered: [],
          status: rejection?.status ?? 0,
          fault,
          code: '',
          service: '',
          from: peer,
          allow: [],
          rejected: true,
        }),
    },
    slot: 0,
    running: new Int32Array(1),
    loopId: 'tidegate-observed',
    dialer: new StandInServices(network, SERVICE_STATUS),
    registry,
  })
  core.switch(await core.prepare(plan))
  // A connection rests for a moment after some answers, and a timer of the wheel keeps no process alive.
  const alive = setInterval(() => {}, 1_000)
  return {
    async ask(request) {
      const { bytes, from } = writeRequest(request)
      const { promise, resolve } = Promise.withResolvers<Observed>()
      tell = resolve
      const client = new MemoryWire(network, { ...unserved, onConnect: () => void client.writeChunk(bytes) })
      const incoming = new MemoryWire(network, unserved)
      incoming.remoteAddress = from
      MemoryWire.join(client, incoming)
      core.connect(incoming)
      const seen = await promise
      client.destroy()
      return seen
    },
    end() {
      clearInterval(alive)
      return core.end()
    },
  }
}

function observed(call: CallView, outcome: Outcome): Observed {
  const { entered, pipeline, allow } = call as ServedExchange
  return {
    route: call.routeName,
    entered: (pipeline?.kinds ?? []).slice(0, entered),
    status: outcome.status,
    fault: outcome.fault ?? '',
    code: outcome.code,
    service: outcome.service,
    from: call.client.address,
    allow,
    rejected: false,
  }
}
