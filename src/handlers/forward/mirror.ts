// A copy of a request to another service, whose answer nobody sees. It never holds up, changes or fails the real one, and it carries no
// credential (A123): only safe requests without a body are copied, and `Authorization` and `Cookie` stay behind.
import type { BodyReceiver, RequestHead, ResponseHead, Source } from '../../http/message.ts'
import { newOutcome } from '../../observe/outcome.ts'
import type { CallClient, CallRequest, CallTrace, Slot } from '../../observe/call-view.ts'
import { HeaderMap } from '../../http/fields.ts'
import type { Exchange } from '../../pipeline/handler.ts'
import type { ForwardOptions } from '../../upstream/forwarded-exchange.ts'
import { Forwarding } from '../../upstream/forwarding.ts'
import type { Service } from '../../upstream/service.ts'

const CREDENTIALS = new Set(['authorization', 'cookie'])

/** Sends a copy of `exchange`'s request to `service`. */
export function mirror(exchange: Exchange, service: Service, target: string, options: ForwardOptions): void {
  new Forwarding(new MirroredExchange(exchange), service, target, options).start()
}

/** An exchange that swallows its answer. */
class MirroredExchange implements Exchange {
  readonly outcome = newOutcome()
  readonly request: CallRequest
  readonly client: CallClient
  readonly trace: CallTrace
  readonly id: string
  readonly routeName: string
  readonly startedAt: number
  readonly params: readonly string[]
  readonly now: number
  readonly body = undefined
  readonly bodyTaken = false
  readonly signal: AbortSignal = new AbortController().signal
  entered = 0
  source: Source | undefined = undefined

  constructor(real: Exchange) {
    const { head } = real.request
    const fields: string[] = []
    for (let i = 0; i < head.fields.length; i += 2) {
      const name = head.fields[i] as string
      if (!CREDENTIALS.has(name)) fields.push(name, head.fields[i + 1] as string)
    }
    // Written out, so that nothing else of the real head comes along: its lines still hold what was left behind.
    const copy: RequestHead = {
      method: head.method,
      scheme: head.scheme,
      authority: head.authority,
      path: head.path,
      query: head.query,
      fields,
      bodyLength: 0,
      upgrade: false,
      expectContinue: false,
      wantsTrailers: false,
    }
    this.request = {
      method: head.method,
      scheme: head.scheme,
      host: head.authority,
      path: head.path,
      query: head.query,
      bodyLength: 0,
      head: copy,
      headers: new HeaderMap(fields),
    }
    this.client = real.client
    this.trace = real.trace
    this.id = real.id
    this.routeName = real.routeName
    this.startedAt = real.startedAt
    this.params = real.params
    this.now = real.now
  }

  param(): undefined {}
  get<T>(_slot: Slot<T>): T | undefined {
    return undefined
  }
  set(): void {}
  setId(): void {}
  takeBody(_receiver: BodyReceiver): void {}
  informational(_head: ResponseHead): void {}
  respond(): void {}
  data(): boolean {
    return true
  }
  part(): boolean {
    return true
  }
  end(): void {}
  endAtOnce(): void {}
  flush(): void {}
  fault(): void {}
  switchProtocols(_head: ResponseHead, far: { destroy(): void }): void {
    far.destroy()
  }
}
