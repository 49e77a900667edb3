// What a request is when its route is looked for: read a second time by the same code that serves it, because by the end of the exchange its
// fields may have been changed.
import { TrustedPeers } from '../base/ip.ts'
import type { Plan } from '../config/plan.ts'
import { FieldName, ORIGIN } from '../http/field-name.ts'
import { fieldOf } from '../http/fields.ts'
import { Http1Request, parseRequestHead } from '../http1/parse-head.ts'
import type { CallClient } from '../observe/call-view.ts'
import type { RouteQuery } from '../route/query.ts'
import { admitClient } from '../serve/identify.ts'

export interface Arrived {
  readonly query: RouteQuery
  readonly client: CallClient
  /** The method that a preflight asks for; undefined for any other request. */
  readonly preflightFor: string | undefined
}

const REQUEST_METHOD = new FieldName('access-control-request-method')

/** Reads requests as `plan` has them read. What comes back gives undefined for a head that is refused. */
export function createArrivals(plan: Plan): (bytes: Buffer, from: string) => Arrived | undefined {
  const { limits } = plan
  const client = { from: plan.client.from, trusted: new TrustedPeers(plan.client.trusted) }
  return (bytes, from) => {
    const head = new Http1Request('http')
    if (typeof parseRequestHead(bytes, 0, limits, head) === 'string') return undefined
    const sender: CallClient = { address: from, peer: from, trusted: false }
    const arrival = {
      head,
      snapshot: { client },
      plane: { loopId: NO_LOOP },
      connection: { peer: from, client: undefined },
      client: sender,
    }
    admitClient(arrival)
    const { authority, method, path, query, fields } = head
    const asks = method === 'OPTIONS' && fieldOf(head, ORIGIN) !== undefined ? fieldOf(head, REQUEST_METHOD) : undefined
    return { query: { authority, method, path, query, fields }, client: arrival.client, preflightFor: asks }
  }
}

/** No request says that it has been here. */
const NO_LOOP = 'tidegate-explain'
