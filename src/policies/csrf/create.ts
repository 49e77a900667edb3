// What `csrf` does: asks the browser's own word about where a request comes from, which no page can forge.
import { FieldName, ORIGIN } from '../../http/field-name.ts'
import { fieldOf, onlyFieldOf } from '../../http/fields.ts'
import { isSafe } from '../../http/method.ts'
import { vouched } from '../../pipeline/guarded-hooks.ts'
import type { Call } from '../../pipeline/call.ts'
import type { Hooks } from '../../pipeline/policy.ts'
import { proceed, refuse } from '../../pipeline/verdict.ts'
import type { CsrfOptions } from './schema.ts'

const SEC_FETCH_SITE = new FieldName('sec-fetch-site')
const FORGED = refuse('csrf', { detail: 'A page of another site may not have this done here' })

export function createCsrf(options: CsrfOptions): Hooks {
  const origins = new Set(options.origins)
  return vouched({ onRequest: (call) => (isSafe(call.request.method) || isOwn(call, origins) ? proceed : FORGED) })
}

/**
 * True for what no page of another site made (the order of Go's `http.CrossOriginProtection`): Fetch Metadata decides where there is any,
 * else Origin; a client that sends neither is no browser, and acts for nobody but itself.
 */
function isOwn(call: Call, origins: ReadonlySet<string>): boolean {
  const { head } = call.request
  const site = onlyFieldOf(head, SEC_FETCH_SITE)
  // `none`: the user did it, by typing or by a bookmark.
  if (site === 'same-origin' || site === 'none') return true
  const origin = onlyFieldOf(head, ORIGIN)
  if (origin !== undefined && origins.has(origin)) return true
  // Present and something else, or repeated, which no browser does.
  if (site !== undefined || fieldOf(head, SEC_FETCH_SITE) !== undefined) return false
  if (origin !== undefined) return isAuthority(call, origin)
  return fieldOf(head, ORIGIN) === undefined
}

/**
 * True when `origin` is the authority that was asked. Browsers leave Fetch Metadata out on plain HTTP (Fetch Metadata §2), and behind a
 * proxy that ends TLS the scheme is known from trusted peers only: where it is not, either passes.
 */
function isAuthority({ request, client }: Call, origin: string): boolean {
  const secure = request.scheme === 'https' || (client.trusted && request.head.forwardedProto === 'https')
  if (origin === `https://${request.host}`) return true
  return !secure && origin === `http://${request.host}`
}
