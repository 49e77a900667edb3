// Sends the client elsewhere (`redirect:`). The host is the configuration's; parameters fill path and query only (A73).
import { renderLocation, Template } from '../../http/template.ts'
import type { LocationTemplate } from '../../http/template.ts'
import type { Exchange, Handler } from '../../pipeline/handler.ts'

export interface RedirectRoute {
  readonly status: number
  readonly to: LocationTemplate
}

export class RedirectHandler implements Handler {
  readonly #status: number
  readonly #to: LocationTemplate
  /** The request's query goes along: the target says nothing of one, not even that there is none (`/new?`). */
  readonly #keepsQuery: boolean

  constructor({ status, to }: RedirectRoute) {
    this.#status = status
    const [first, ...rest] = to.suffix.parts
    const literal = typeof first === 'string' ? first : ''
    this.#keepsQuery = !literal.startsWith('?')
    // `/new?` means no query; its lone question mark stays here.
    const none = literal.startsWith('?#') || (literal === '?' && rest.length === 0)
    this.#to = none ? { ...to, suffix: new Template([literal.slice(1), ...rest]) } : to
  }

  handle(exchange: Exchange): void {
    const location = renderLocation(this.#to, exchange.params)
    if (location === undefined) return exchange.fault('bad_path')
    const { query } = exchange.request
    const target = this.#keepsQuery && query !== '' ? withQuery(location, query) : location
    exchange.respond({ status: this.#status, fields: ['location', target], bodyLength: 0 }, true)
  }
}

/** The query stands before a fragment. Both were checked as URI text when they were read. */
function withQuery(location: string, query: string): string {
  const hash = location.indexOf('#')
  return hash === -1 ? `${location}?${query}` : `${location.slice(0, hash)}?${query}${location.slice(hash)}`
}
