// The fields of the CORS protocol (WHATWG Fetch §3.3): what a preflight is answered with, and what an answer carries.
import { nameBit } from '../../http/field-name.ts'
import { isMethod } from '../../http/method.ts'
import type { CorsOptions } from './schema.ts'

/** What a preflight asks for. */
export interface PreflightQuestion {
  readonly method: string
  /** The value of Access-Control-Request-Headers. */
  readonly headers: string | undefined
}

/** Field names with commas between; no name needs more, and nothing else is ever sent back. */
const NAME_LIST = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?:[ \t]*,[ \t]*[!#$%&'*+\-.^_`|~0-9A-Za-z]+)*$/
/** Far above what browsers ask for; bounds what a client can have us echo. */
const MAX_NAME_LIST = 1_024

/** Makes the fields that grant `origin` what the options say, for a preflight. */
export function preflightFields(options: CorsOptions, origin: string, question: PreflightQuestion): string[] {
  const fields = grantFields(options, origin)
  const methods = options.methods?.join(', ') ?? (isMethod(question.method) ? question.method : undefined)
  if (methods !== undefined) fields.push('access-control-allow-methods', methods)
  const headers = options.headers?.join(', ') ?? echoedNames(question.headers)
  if (headers !== undefined && headers !== '') fields.push('access-control-allow-headers', headers)
  fields.push('access-control-max-age', `${options.maxAge / 1_000}`)
  return fields
}

/** Methods that need no grant (Fetch §4.8, step 2 of its CORS-preflight check). */
const SAFELISTED = new Set(['GET', 'HEAD', 'POST'])

/**
 * What a browser will miss in the grant of a listed origin, for whoever looks for the reason; undefined when it has all it asked for. Only
 * names that the configuration could list are repeated.
 */
export function notGranted(options: CorsOptions, { method, headers }: PreflightQuestion): string | undefined {
  const { methods } = options
  const isGranted = methods === undefined ? isMethod(method) : (methods as readonly string[]).includes(method) || SAFELISTED.has(method)
  if (!isGranted)
    return isMethod(method)
      ? `does not grant ${method}: it is not one of \`methods\``
      : 'does not grant the method: it is none that is let in'
  const listed = options.headers?.map((name) => name.toLowerCase())
  if (headers === undefined || headers === '') return undefined
  if (listed === undefined)
    return echoedNames(headers) === undefined ? 'does not grant the headers: what it asks for is no list of names' : undefined
  const missing = headers
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name.length <= 64 && NAME_LIST.test(name) && !listed.includes(name))
  return missing.length === 0 ? undefined : `does not grant ${missing.slice(0, 3).join(', ')}: not among \`headers\``
}

/** Makes the fields that let scripts of `origin` read an answer. */
export function answerFields(options: CorsOptions, origin: string): string[] {
  const fields = grantFields(options, origin)
  if (options.expose.length > 0) fields.push('access-control-expose-headers', options.expose.join(', '))
  return fields
}

function grantFields({ credentials }: CorsOptions, origin: string): string[] {
  const fields = ['access-control-allow-origin', origin]
  if (credentials) fields.push('access-control-allow-credentials', 'true')
  return fields
}

const echoedNames = (asked: string | undefined): string | undefined =>
  asked !== undefined && asked.length <= MAX_NAME_LIST && NAME_LIST.test(asked) ? asked : undefined

/** What `concerned` can be true for. */
export const CONCERNED_BITS = nameBit('vary') | nameBit('access-control-allow-origin')

/** True for the name of a field that `dropForeign` has to look at. */
export const concerned = (name: string): boolean => name === 'vary' || name.startsWith('access-control-')

/**
 * Drops every Access-Control-* field, in place, and tells whether what is left already varies by Origin. The service's own word never
 * reaches a browser: two lists that disagree would be decided by whichever is laxer (A114).
 */
export function dropForeign(fields: string[]): boolean {
  let kept = 0
  let varies = false
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string
    if (name.startsWith('access-control-')) continue
    const value = fields[i + 1] as string
    if (name === 'vary') varies ||= VARIES.test(value)
    if (kept !== i) {
      fields[kept] = name
      fields[kept + 1] = value
    }
    kept += 2
  }
  if (kept !== fields.length) fields.length = kept
  return varies
}

/** `Origin` or `*` as one member of the list. */
const VARIES = /(?:^|,)[ \t]*(?:origin|\*)[ \t]*(?:,|$)/i
