// A response as `onResponse` sees it, made of a plain head, for tests of policies.
import { HeaderMap } from '../http/fields.ts'
import type { ResponseHead } from '../http/message.ts'
import type { CallResponse } from '../pipeline/call.ts'

/** `headers` and `head.fields` are the same fields, as in the gateway. */
export class FakeResponse implements CallResponse {
  readonly head: ResponseHead
  readonly headers: HeaderMap

  constructor(head: ResponseHead) {
    this.head = head
    this.headers = new HeaderMap(head.fields, 'response')
  }

  get status(): number {
    return this.head.status
  }
  set status(status: number) {
    this.head.status = status
  }
}
