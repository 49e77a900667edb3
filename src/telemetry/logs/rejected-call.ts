// A request that was refused before there was an exchange, in the shape that encoders read: such a request gets its line too.
import { type FaultCode, faults } from '../../base/fault.ts'
import { HeaderMap } from '../../http/fields.ts'
import type { CallView } from '../../observe/call-view.ts'
import type { Rejection } from '../../observe/observer.ts'
import { newOutcome, type Outcome } from '../../observe/outcome.ts'
import { maskUserInfo } from './redact.ts'

const NO_TRACE = Object.freeze({ traceId: '', spanId: '', parentId: '', flags: '00' })

/** The view of a refused request. `target` is unchecked: it is cut where a query or fragment would begin, and user information is masked. */
export function rejectedCall(peer: string, target: string, rejection: Rejection | undefined): CallView {
  const cut = target.search(/[?#]/)
  const path = maskUserInfo(cut < 0 ? target : target.slice(0, cut))
  const query = cut < 0 ? '' : target.slice(cut + 1)
  const method = rejection?.method ?? ''
  const head = {
    method,
    scheme: 'http' as const,
    authority: '',
    path,
    query,
    fields: [],
    bodyLength: 0,
    upgrade: false,
    expectContinue: false,
    wantsTrailers: false,
  }
  return {
    request: {
      version: rejection?.version ?? '1.1',
      method,
      scheme: 'http',
      host: '',
      path,
      query,
      headers: new HeaderMap(head.fields),
      bodyLength: 0,
      head,
    },
    client: { address: peer, peer, trusted: false },
    trace: NO_TRACE,
    id: rejection?.id ?? '',
    routeName: '',
    startedAt: 0,
    param: () => undefined,
    get: () => undefined,
    set: () => undefined,
  }
}

/** The outcome of a refused request: the fault and, where the codec did not tell, the status that stands in its row. */
export function rejectedOutcome(fault: FaultCode, rejection: Rejection | undefined): Outcome {
  const outcome = newOutcome()
  outcome.fault = fault
  outcome.status = rejection?.status ?? faults[fault].status
  outcome.requestBytes = rejection?.requestBytes ?? 0
  outcome.responseBytes = rejection?.responseBytes ?? 0
  outcome.duration = rejection?.duration ?? -1
  return outcome
}
