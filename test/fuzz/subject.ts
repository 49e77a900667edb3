// The engine as fuzzing drives it: one thread, no clock, every byte delivered by hand.
import { ManualClock } from '../../src/base/clock.ts'
import type { BodyReceiver, Fields } from '../../src/http/message.ts'
import { MemoryNetwork } from '../../src/net/memory-wire.ts'
import { Wheel } from '../../src/net/wheel.ts'
import type { Exchange, Handler } from '../../src/pipeline/handler.ts'
import { Gateway } from '../harness/gateway.ts'
import { connectMemory } from '../harness/peer.ts'

/** One request as the gateway judged it. */
export interface Judged {
  readonly head: readonly [
    method: string,
    authority: string,
    path: string,
    query: string,
    length: number,
    upgrade: boolean,
    expects: boolean,
    trailers: boolean,
    fields: readonly string[],
  ]
  body: string
  ended: 'no' | 'whole' | 'broken'
}

/** What became of one connection's bytes. */
export interface Transcript {
  readonly judged: readonly Judged[]
  /** Of whatever was answered, in order. */
  readonly methods: readonly string[]
  /** What the client got, ids made equal. */
  readonly text: string
  readonly ended: boolean
}

const IDS = /(?<="(?:requestId|traceId)":"|"instance":"urn:uuid:)[0-9a-f-]+/g

/** Takes every body and answers 200 once it is whole; keeps what it was given. */
class Recorder implements Handler {
  judged: Judged[] = []

  handle(exchange: Exchange): void {
    const { head } = exchange.request
    const { method, authority, path, query, bodyLength, upgrade, expectContinue, wantsTrailers } = head
    const fields = exchange.request.headers.fields
    const one: Judged = {
      head: [method, authority, path, query, bodyLength, upgrade, expectContinue, wantsTrailers, [...fields]],
      body: '',
      ended: 'no',
    }
    this.judged.push(one)
    const answer = (): void => {
      one.ended = 'whole'
      exchange.respond({ status: 200, fields: [], bodyLength: 0 }, true)
    }
    if (exchange.body === undefined) return answer()
    const receiver: BodyReceiver = {
      data: (chunk) => {
        one.body += chunk.latin1Slice()
        return true
      },
      end: (_trailers: Fields | undefined) => answer(),
      fault: () => {
        one.ended = 'broken'
      },
      flush: () => {},
    }
    exchange.takeBody(receiver)
  }
}

export class Subject {
  #recorder = new Recorder()
  #network = new MemoryNetwork({ automatic: false })
  #gateway: Gateway

  constructor() {
    const clock = new ManualClock()
    this.#gateway = new Gateway({ handler: this.#recorder, clock, wheel: new Wheel(clock) })
  }

  /** Sends the pieces one after the other on a connection of their own, and FIN behind them if `fin`. */
  send(pieces: readonly Buffer[], fin: boolean): Transcript {
    this.#recorder.judged = []
    this.#gateway.ended.length = this.#gateway.rejected.length = this.#gateway.answered.length = 0
    const client = connectMemory(this.#network, (wire) => this.#gateway.connect(wire))
    this.#network.run()
    for (const piece of pieces) {
      client.write(piece)
      this.#network.run()
    }
    if (fin) {
      client.end()
      this.#network.run()
    }
    const transcript = {
      judged: this.#recorder.judged,
      methods: [...this.#gateway.answered],
      text: client.received.replaceAll(IDS, (id) => '0'.repeat(id.length)),
      ended: client.ended || client.closed !== undefined,
    }
    client.reset()
    this.#network.run()
    return transcript
  }

  /** Connections that the engine has not let go of; 0 between two sends. */
  get connections(): number {
    return this.#gateway.plane.connections
  }

  end(): Promise<void> {
    return this.#gateway.end()
  }
}
