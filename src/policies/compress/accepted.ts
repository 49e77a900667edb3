// Which coding a client gets: what its Accept-Encoding likes best (RFC 9110 §12.5.3), ours to choose where it likes several equally.
import { ownString } from '../../base/own-string.ts'
import type { Coding } from './codings.ts'

/** `name` and its weight; whatever stands in a weight's place and is none makes its member count for nothing. */
const MEMBER = /^[ \t]*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]*(?:;[ \t]*[qQ]=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)[ \t]*)?$/

/** Clients say one of a few dozen texts; what a stranger makes up is forgotten again. */
const REMEMBERED = 64
const REMEMBERED_LENGTH = 128

/** Chooses among `codings`, in their order. Undefined: the body stays as it is. */
export class Accepted {
  readonly #codings: readonly Coding[]
  readonly #known = new Map<string, Coding | undefined>()

  constructor(codings: readonly Coding[]) {
    this.#codings = codings
  }

  /** `accept`: the values of all Accept-Encoding fields, joined; undefined when there is none. */
  choose(accept: string | undefined): Coding | undefined {
    // Anything would do (RFC 9110 §12.5.3), but whoever does not name a coding may not know any.
    if (accept === undefined) return undefined
    const known = this.#known
    const found = known.get(accept)
    if (found !== undefined || known.has(accept)) return found
    const chosen = best(accept, this.#codings)
    if (accept.length <= REMEMBERED_LENGTH) {
      if (known.size >= REMEMBERED) known.clear()
      known.set(ownString(accept), chosen)
    }
    return chosen
  }
}

function best(accept: string, codings: readonly Coding[]): Coding | undefined {
  const weights = weightsOf(accept)
  const any = weights.get('*')
  let chosen: Coding | undefined
  // Not named, it is welcome, and less so than whatever is named.
  let most = weights.get('identity') ?? 0
  for (const coding of codings) {
    const weight = weights.get(coding.name) ?? any ?? 0
    const wanted = chosen === undefined ? weight > 0 && weight >= most : weight > most
    if (!wanted) continue
    chosen = coding
    most = weight
  }
  return chosen
}

/** Names in lower case, `x-gzip` as `gzip` (RFC 9110 §8.4.1.3). Of a name that stands twice the first counts. */
function weightsOf(accept: string): Map<string, number> {
  const weights = new Map<string, number>()
  for (const member of accept.split(',')) {
    const match = MEMBER.exec(member)
    if (match === null) continue
    const [, written = '', weight = '1'] = match
    const name = written.toLowerCase()
    const key = name === 'x-gzip' ? 'gzip' : name
    if (!weights.has(key)) weights.set(key, Number(weight))
  }
  return weights
}
