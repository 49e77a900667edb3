// What the end of an exchange adds to the counters: handles by route, method, status, fault and service, found by small maps whose keys
// come from the configuration or from closed lists.
import { type FaultCode, faults } from '../../base/fault.ts'
import { isMethod } from '../../http/method.ts'
import type { CallView } from '../../observe/call-view.ts'
import { type Outcome, reportedStatus } from '../../observe/outcome.ts'
import { OTHER, type WorkerMetrics } from './worker-metrics.ts'

/** Any method that is not let in (OpenTelemetry HTTP conventions). */
const OTHER_METHOD = '_OTHER'
/** Routes or services that keep handles. Reloads that rename them for ever start over at this number; one configuration never reaches it. */
const MAX_HANDLES = 65_536

interface RouteHandles {
  readonly requestBytes: number
  readonly responseBytes: number
  /** Method → status → first cell of the histogram. */
  readonly methods: Map<string, Map<number, number>>
  /** The series of the route's last request. */
  readonly last: { method: string; status: number; cell: number }
  /** The series of its last exchange with a service that went well. */
  readonly lastService: { service: string; endpoint: string; status: number; cell: number }
}

interface ServiceHandles {
  /** Endpoint → status, or fault → first cell of the histogram. */
  readonly endpoints: Map<string, Map<number | FaultCode, number>>
  readonly retries: number
  readonly open: number
  readonly opened: number
  readonly faults: Map<FaultCode, number>
}

/** Refusals by route and code that are told apart. */
const MAX_REFUSALS = 500

/** Records exchanges, connections and rejections of one worker. */
export class RequestMeter {
  readonly #metrics: WorkerMetrics
  readonly #routes = new Map<string, RouteHandles>()
  readonly #services = new Map<string, ServiceHandles>()
  readonly #rejected = new Map<FaultCode, number>()
  readonly #clientOpen: number
  readonly #clientOpened: number
  readonly #clientRefused: number
  readonly #refusals = new Map<string, number>()
  #lastName = ''
  #lastRoute: RouteHandles | undefined = undefined

  constructor(metrics: WorkerMetrics) {
    this.#metrics = metrics
    this.#clientOpen = metrics.intern('tidegate_client_connections', [])
    this.#clientOpened = metrics.intern('tidegate_client_connections_total', [])
    this.#clientRefused = metrics.intern('tidegate_client_connections_refused_total', [])
  }

  exchangeEnded(call: CallView, outcome: Outcome): void {
    const metrics = this.#metrics
    const route = this.#route(call.routeName)
    // Duration -1 never happens to a whole exchange; what must not happen must not make a sum fall either.
    metrics.observe(this.#histogram(route, call, reportedStatus(outcome)), outcome.duration > 0 ? outcome.duration / 1_000 : 0)
    metrics.add(route.requestBytes, outcome.requestBytes)
    metrics.add(route.responseBytes, outcome.responseBytes)
    if (outcome.attempts > 1) metrics.add(this.#service(outcome.service).retries, outcome.attempts - 1)
    if (outcome.fault === undefined) {
      const { attempts, service, endpoint, status, firstByte, transfer } = outcome
      if (attempts === 0) return
      const { lastService } = route
      if (status !== lastService.status || endpoint !== lastService.endpoint || service !== lastService.service) {
        lastService.cell = this.#client(outcome)
        lastService.service = service
        lastService.endpoint = endpoint
        lastService.status = status
      }
      // A tunnel has no transfer: what must not happen to a sum is that it falls.
      return metrics.observe(lastService.cell, Math.max(0, firstByte + transfer) / 1_000)
    }
    if (outcome.attempts > 0) metrics.observe(this.#client(outcome), clientDuration(outcome) / 1_000)
    metrics.add(this.#fault(outcome.service, outcome.fault), 1)
    if (outcome.fault === 'refused') metrics.add(this.#refusal(call.routeName, outcome.code), 1)
  }

  requestRejected(fault: FaultCode): void {
    let cell = this.#rejected.get(fault)
    if (cell === undefined) this.#rejected.set(fault, (cell = this.#metrics.intern('tidegate_rejected_requests_total', [fault])))
    this.#metrics.add(cell, 1)
    this.#metrics.add(this.#fault('', fault), 1)
  }

  connectionOpened(): void {
    this.#metrics.add(this.#clientOpen, 1)
    this.#metrics.add(this.#clientOpened, 1)
  }

  connectionRefused(): void {
    this.#metrics.add(this.#clientRefused, 1)
  }

  connectionClosed(): void {
    this.#metrics.add(this.#clientOpen, -1)
  }

  upstreamOpened(service: string): void {
    const handles = this.#service(service)
    this.#metrics.add(handles.open, 1)
    this.#metrics.add(handles.opened, 1)
  }

  upstreamClosed(service: string): void {
    this.#metrics.add(this.#service(service).open, -1)
  }

  // Requests come in runs of one kind: what was looked up last is looked at first.
  #route(name: string): RouteHandles {
    if (name === this.#lastName && this.#lastRoute !== undefined) return this.#lastRoute
    const route = this.#findRoute(name)
    this.#lastName = name
    this.#lastRoute = route
    return route
  }

  #findRoute(name: string): RouteHandles {
    const known = this.#routes.get(name)
    if (known !== undefined) return known
    if (this.#routes.size >= MAX_HANDLES) this.#routes.clear()
    const handles = {
      requestBytes: this.#metrics.intern('tidegate_request_bytes_total', [name]),
      responseBytes: this.#metrics.intern('tidegate_response_bytes_total', [name]),
      methods: new Map<string, Map<number, number>>(),
      last: { method: '', status: -1, cell: -1 },
      lastService: { service: '', endpoint: '', status: -1, cell: -1 },
    }
    this.#routes.set(name, handles)
    return handles
  }

  #histogram(route: RouteHandles, call: CallView, sent: number): number {
    const { last } = route
    if (sent === last.status && call.request.method === last.method) return last.cell
    last.cell = this.#findHistogram(route, call, sent)
    last.status = sent
    last.method = call.request.method
    return last.cell
  }

  #findHistogram(route: RouteHandles, call: CallView, sent: number): number {
    // A status is three digits on the wire; 0 says that none could be sent, and becomes a label without a value.
    const status = sent >= 100 && sent <= 999 ? sent | 0 : 0
    let method = call.request.method
    let statuses = route.methods.get(method)
    if (statuses === undefined) {
      if (!isMethod(method)) method = OTHER_METHOD
      statuses = route.methods.get(method)
      if (statuses === undefined) route.methods.set(method, (statuses = new Map()))
    }
    let cell = statuses.get(status)
    if (cell === undefined) {
      const label = status === 0 ? '' : String(status)
      statuses.set(status, (cell = this.#metrics.intern('http_server_request_duration_seconds', [method, call.routeName, label])))
    }
    return cell
  }

  #client({ service, endpoint, status, fault }: Outcome): number {
    const handles = this.#service(service)
    // What the client did, or a policy, is no error of the service's.
    const ending = fault !== undefined && faults[fault].side === 'upstream' ? fault : status
    let endings = handles.endpoints.get(endpoint)
    if (endings === undefined) {
      if (handles.endpoints.size >= MAX_HANDLES) handles.endpoints.clear()
      handles.endpoints.set(endpoint, (endings = new Map()))
    }
    let cell = endings.get(ending)
    if (cell === undefined)
      endings.set(
        ending,
        (cell = this.#metrics.intern('http_client_request_duration_seconds', [service, endpoint, ...endingLabels(ending)])),
      )
    return cell
  }

  #refusal(route: string, code: string): number {
    const key = `${route}\0${code}`
    let cell = this.#refusals.get(key)
    if (cell !== undefined) return cell
    // A plugin chooses its codes: what makes up new ones for ever is counted together.
    const label = this.#refusals.size < MAX_REFUSALS ? code : OTHER
    cell = this.#metrics.intern('tidegate_policy_refusals_total', [label === OTHER ? OTHER : route, label])
    if (label !== OTHER) this.#refusals.set(key, cell)
    return cell
  }

  #service(name: string): ServiceHandles {
    const known = this.#services.get(name)
    if (known !== undefined) return known
    if (this.#services.size >= MAX_HANDLES) this.#services.clear()
    const handles = {
      endpoints: new Map<string, Map<number | FaultCode, number>>(),
      retries: this.#metrics.intern('tidegate_retries_total', [name]),
      open: this.#metrics.intern('tidegate_upstream_connections', [name]),
      opened: this.#metrics.intern('tidegate_upstream_connections_total', [name]),
      faults: new Map<FaultCode, number>(),
    }
    this.#services.set(name, handles)
    return handles
  }

  #fault(service: string, fault: FaultCode): number {
    const handles = this.#service(service)
    let cell = handles.faults.get(fault)
    if (cell === undefined)
      handles.faults.set(fault, (cell = this.#metrics.intern('tidegate_faults_total', [fault, faults[fault].side, service])))
    return cell
  }
}

/** Milliseconds from the request's hand-over to the end of the answer; where there was none, all that is not waiting for a turn. */
function clientDuration({ firstByte, transfer, duration, queue }: Outcome): number {
  if (firstByte >= 0) return firstByte + Math.max(0, transfer)
  return Math.max(0, duration - Math.max(0, queue))
}

function endingLabels(ending: number | FaultCode): [status: string, error: string] {
  if (typeof ending !== 'number') return ['', ending]
  return [ending >= 100 && ending <= 999 ? `${ending}` : '', '']
}
