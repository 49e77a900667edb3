// Answers with what the configuration says (`reply:`), the body being a template over the route's parameters.
import type { Template, Place } from '../../http/template.ts'
import type { Exchange, Handler } from '../../pipeline/handler.ts'

export interface ReplyRoute {
  readonly status: number
  readonly fields: readonly string[]
  readonly body: { readonly template: Template; readonly place: Place } | undefined
}

export class ReplyHandler implements Handler {
  #route: ReplyRoute
  #fixed: Buffer | undefined

  constructor(route: ReplyRoute) {
    this.#route = route
    const { body } = route
    const literal = body !== undefined && body.template.parts.every((part) => typeof part === 'string')
    this.#fixed = literal ? Buffer.from(body.template.render(body.place, [])) : undefined
  }

  handle(exchange: Exchange): void {
    const { status, fields, body } = this.#route
    const bytes = this.#fixed ?? (body === undefined ? undefined : Buffer.from(body.template.render(body.place, exchange.params)))
    const length = bytes?.length ?? 0
    exchange.respond({ status, fields: [...fields], bodyLength: length }, length === 0)
    if (bytes === undefined || length === 0) return
    exchange.data(bytes)
    exchange.end(undefined)
  }
}
