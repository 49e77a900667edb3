// Sends the client elsewhere (`redirect:`). The host is the configuration's; parameters fill path and query only (A73).
import { renderLocation } from '../../http/template.ts'
import type { LocationTemplate } from '../../http/template.ts'
import type { Exchange, Handler } from '../../pipeline/handler.ts'

export interface RedirectRoute {
  readonly status: number
  readonly to: LocationTemplate
}

export class RedirectHandler implements Handler {
  #route: RedirectRoute

  constructor(route: RedirectRoute) {
    this.#route = route
  }

  handle(exchange: Exchange): void {
    const location = renderLocation(this.#route.to, exchange.params)
    if (location === undefined) return exchange.fault('bad_path')
    exchange.respond({ status: this.#route.status, fields: ['location', location], bodyLength: 0 }, true)
  }
}
