// Commands that a later version brings: typing one is understood, and answered with a sentence.
import { notYet } from '../config/schema/marks.ts'

const LATER: ReadonlyMap<string, string> = new Map([
  ['plan', 'comparing configurations comes in a later release'],
  ['logs', 'looking into a running gateway comes in a later release'],
  ['trace', 'looking into a running gateway comes in a later release'],
  ['top', 'looking into a running gateway comes in a later release'],
  ['record', 'recording traffic comes in a later release'],
  ['admin', 'the console comes in a later release; `tidegate status` and `tidegate reload` ask the admin API'],
  ['key', 'authentication comes in a later release'],
  ['hash', 'authentication comes in a later release'],
  ['token', 'authentication comes in a later release'],
  ['limits', 'rate limits come in a later release'],
  ['frontends', 'frontends come in a later release'],
  ['openapi', 'types from OpenAPI come in a later release'],
  ['client', 'types from OpenAPI come in a later release'],
  ['cache', 'caching comes in a later release'],
  ['endpoint', 'taking an endpoint out by hand comes in a later release'],
  ['import', 'reading configurations of other gateways comes in a later release'],
])

/** The sentence about a command that does not exist yet; undefined for one that never will. */
export function laterCommand(name: string): string | undefined {
  const why = LATER.get(name)
  return why === undefined ? undefined : notYet(name, why)
}
