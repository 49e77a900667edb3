// A gateway in memory whose service pipelines: the shared connection stands, and the test answers on it by hand.
import assert from 'node:assert/strict'
import { MemoryStage } from '../harness/memory-stage.ts'
import type { GatewayOptions } from '../harness/gateway.ts'
import type { MemoryPeer } from '../harness/peer.ts'
import { canaryAnswer } from '../harness/service.ts'
import type { ServiceConnection } from '../harness/service.ts'
import { readResponses, valueOf } from '../harness/strict-message.ts'
import type { StrictRequest } from '../harness/strict-message.ts'

export interface PipelinedOptions extends Omit<GatewayOptions, 'dialer' | 'clock' | 'wheel'> {
  readonly depth?: number
  readonly echo?: string
}

/** One caller: its request carries a canary, and no other caller's may ever come back to it. */
export class Caller {
  readonly peer: MemoryPeer
  readonly name: string
  constructor(peer: MemoryPeer, name: string) {
    this.peer = peer
    this.name = name
  }

  ask(method = 'GET', fields = '', body = ''): void {
    this.peer.write(`${method} /${this.name} HTTP/1.1\r\nHost: gw.test\r\nX-Canary: ${this.name}\r\n${fields}\r\n${body}`)
  }

  /** `200 GET /a a` for each answer; `cut` or `end` behind them when the connection is over. */
  get got(): string[] {
    const { closed, ended, received } = this.peer
    const { messages, rest, problem } = readResponses(received, [], ended)
    const over = closed === undefined ? (ended ? ['end'] : []) : [closed === '' ? 'end' : 'cut']
    return [
      ...messages.map(({ status, body }) => `${status} ${body}`),
      ...(problem === '' ? [] : [problem]),
      ...(rest === '' ? [] : ['unfinished']),
      ...over,
    ]
  }
}

export class PipelinedStage {
  readonly stage: MemoryStage
  /** Requests that came on the shared connections and are not answered. */
  readonly held: StrictRequest[] = []
  /** Requests that came by themselves are answered at once while this is true. */
  answers = true

  private constructor(options: PipelinedOptions) {
    const { depth = 8, echo, ...rest } = options
    const onRequest = (connection: ServiceConnection, request: StrictRequest): void => {
      if (this.isShared(connection)) this.held.push(request)
      else if (this.answers) connection.peer.write(canaryAnswer(request))
    }
    this.stage = new MemoryStage({ onRequest }, { ...rest, connections: { pipelining: { depth, echo }, ...rest.connections } })
  }

  /** The first request goes by itself while a shared connection is opened. */
  static async warm(options: PipelinedOptions = {}): Promise<PipelinedStage> {
    const stage = new PipelinedStage(options)
    await stage.ordinary('warm')
    assert.equal(stage.stage.service.connections.length, 2)
    return stage
  }

  // A shared connection is opened just before the ordinary one that the same request gets instead.
  #sharedIndexes = new Set([0])
  isShared({ index }: ServiceConnection): boolean {
    return this.#sharedIndexes.has(index)
  }

  /** The next connection that is opened is a shared one. */
  expectShared(): void {
    this.#sharedIndexes.add(this.stage.service.connections.length)
  }

  get lane(): ServiceConnection {
    return this.stage.service.connections.findLast((one) => this.isShared(one)) as ServiceConnection
  }

  get laneOver(): boolean {
    return this.lane.peer.ended || this.lane.peer.closed !== undefined
  }

  get faults(): number {
    return this.stage.gateway.service.endpoints[0]?.pipelining?.faults ?? -1
  }

  caller(name: string): Caller {
    return new Caller(this.stage.client(), name)
  }

  /** Callers whose requests come in one turn. */
  async ask(...names: string[]): Promise<Caller[]> {
    const callers = names.map((name) => this.caller(name))
    for (const caller of callers) caller.ask()
    await this.stage.settle()
    return callers
  }

  /** What a right service answers to the oldest `count` requests on the shared connection. */
  answersOf(count: number, fields = ''): string {
    return this.held
      .splice(0, count)
      .map((request) => canaryAnswer(request).replace('\r\n\r\n', `\r\n${fields}\r\n`))
      .join('')
  }

  async write(bytes: string): Promise<void> {
    this.lane.peer.write(bytes)
    await this.stage.settle()
  }

  /** How often the service got the request of `name`: on shared connections, and by itself. */
  seen(name: string): readonly [shared: number, alone: number] {
    const counts: [number, number] = [0, 0]
    for (const connection of this.stage.service.connections)
      for (const request of connection.requests) if (valueOf(request, 'x-canary') === name) counts[this.isShared(connection) ? 0 : 1]++
    return counts
  }

  /** Asks once and returns whether the request went by itself. */
  async ordinary(name: string): Promise<boolean> {
    const [caller] = (await this.ask(name)) as [Caller]
    const [shared] = this.seen(name)
    if (shared === 0) assert.deepEqual(caller.got, [`200 GET /${name} ${name}`])
    return shared === 0
  }

  end(): Promise<void> {
    return this.stage.end()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end()
  }
}
