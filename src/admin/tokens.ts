// Who calls: bearer tokens, known by their SHA-256 alone, and the right that each gives.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { AdminRole } from '../config/plan.ts'

export interface Caller {
  readonly name: string
  readonly role: AdminRole
}

/** A token by its SHA-256 in hex. */
export interface TokenHash extends Caller {
  readonly hash: string
  /** The gateway made it: 256 random bits, which nobody finds by trying. */
  readonly random?: boolean
}

const RANK: Readonly<Record<AdminRole, number>> = { viewer: 0, operator: 1, issuer: 2 }
/** RFC 6750 §2.1; a token of more than 1 KiB is none of ours. */
const BEARER = /^bearer +([\x21-\x7e]{1,1024})$/i

/** May somebody with `role` do what takes `wanted`? */
export const suffices = (role: AdminRole, wanted: AdminRole): boolean => RANK[role] >= RANK[wanted]

/** The token of an `Authorization` field; undefined for everything that is not exactly one bearer token. */
export const bearerOf = (field: string): string | undefined => BEARER.exec(field)?.[1]

export const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex')

/** The tokens in force. */
export class Tokens {
  /** Hashes of tokens that have been right, and of those that cannot be guessed. */
  readonly #heard: Set<string>
  readonly #known: readonly { readonly caller: Caller; readonly digest: Buffer }[]

  constructor(tokens: readonly TokenHash[]) {
    this.#heard = new Set(tokens.filter(({ random }) => random === true).map(({ hash }) => hash))
    this.#known = tokens.map(({ name, role, hash }) => ({ caller: { name, role }, digest: Buffer.from(hash, 'hex') }))
  }

  /** Whose token it is. Takes the same time for every token: digests are compared to the end, all of them. */
  find(token: string): Caller | undefined {
    const given = createHash('sha256').update(token).digest()
    let found: Caller | undefined
    for (const { caller, digest } of this.#known) if (digest.length === given.length && timingSafeEqual(digest, given)) found ??= caller
    if (found !== undefined) this.#heard.add(given.toString('hex'))
    return found
  }

  /** A token of that hash is listened to, whatever others have tried: it has been right before, or cannot be guessed. */
  isHeard(hash: string): boolean {
    return this.#heard.has(hash)
  }
}
