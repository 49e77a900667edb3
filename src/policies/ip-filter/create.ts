// What `ip-filter` does: looks the client's address up in two sets that were made at load.
import { AddressSet, addressKey } from '../../base/address-set.ts'
import { vouched } from '../../pipeline/guarded-hooks.ts'
import type { Hooks } from '../../pipeline/policy.ts'
import { proceed, refuse } from '../../pipeline/verdict.ts'
import type { IpFilterOptions } from './schema.ts'

/** Says nothing of lists: whoever is refused learns no rule. */
const DENIED = refuse('ip_denied', { detail: 'Requests from this address are not accepted here' })

export function createIpFilter(options: IpFilterOptions): Hooks {
  const deny = new AddressSet(options.deny ?? [])
  const allow = options.allow === undefined ? undefined : new AddressSet(options.allow)
  return vouched({
    onRequest: ({ client }) => {
      const key = addressKey(withoutZone(client.address))
      // What is no address is in no list, and a rule that cannot be asked lets nobody in.
      if (key === undefined || deny.has(key)) return DENIED
      return allow === undefined || allow.has(key) ? proceed : DENIED
    },
  })
}

/** A link-local peer comes with the interface that it came over (RFC 4007 §11), which is no part of its address. */
function withoutZone(address: string): string {
  const zone = address.indexOf('%')
  return zone === -1 ? address : address.slice(0, zone)
}
