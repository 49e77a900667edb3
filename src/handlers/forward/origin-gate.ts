// Stands before the service of a route that lists origins for WebSockets: a page of another origin gets no tunnel (A81). Routes without
// such a list have none of these.
import { ORIGIN } from '../../http/field-name.ts'
import { fieldOf, onlyFieldOf } from '../../http/fields.ts'
import type { Exchange, Handler } from '../../pipeline/handler.ts'

export class OriginGate implements Handler {
  readonly #origins: ReadonlySet<string>
  readonly #handler: Handler

  /** `origins` as browsers write them. */
  constructor(origins: readonly string[], handler: Handler) {
    this.#origins = new Set(origins)
    this.#handler = handler
  }

  handle(exchange: Exchange): void {
    const { head } = exchange.request
    if (!head.upgrade) return this.#handler.handle(exchange)
    const origin = onlyFieldOf(head, ORIGIN)
    // Browsers always send one (RFC 6455 §4.1). Whoever sends none could as well write one of the list.
    const passes = origin === undefined ? fieldOf(head, ORIGIN) === undefined : this.#origins.has(origin)
    if (passes) this.#handler.handle(exchange)
    else exchange.fault('origin_denied')
  }
}
