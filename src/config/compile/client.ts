// Whose word about the client is believed: the plan's `client`, and warnings about blocks that hold more than their author may think.
import { parseAddress } from '../../base/ip.ts'
import { placeAt } from '../load/node.ts'
import type { Problems } from '../load/problems.ts'
import type { ClientPlan } from '../plan.ts'
import type { Draft } from './draft.ts'

export function compileClient({ client, root }: Draft, problems: Problems): ClientPlan {
  const from = client?.from ?? 'connection'
  const trusted = client?.trusted ?? []
  if (from !== 'connection' && trusted.length === 0) {
    problems.error(
      placeAt(root, ['client', 'from']),
      'client.from',
      `\`${from}\` is believed from \`client.trusted\` peers only; name the proxies in front there`,
    )
  }
  trusted.forEach((cidr, i) => {
    const doubt = doubtAbout(cidr)
    if (doubt !== undefined) problems.warning(placeAt(root, ['client', 'trusted', i]), `client.trusted.${i}`, doubt)
  })
  return { from, trusted }
}

/** Why a valid block is hardly what was meant: it holds everybody, or it is written by an address in its middle. */
function doubtAbout(cidr: string): string | undefined {
  const slash = cidr.indexOf('/')
  if (slash === -1) return undefined
  const written = cidr.slice(0, slash)
  const address = parseAddress(written) as string
  const family = address.includes(':') ? 'IPv6' : 'IPv4'
  // The prefix of an IPv4-mapped block counts from the start of the IPv6 address.
  const prefix = Number(cidr.slice(slash + 1)) - (family === 'IPv4' && written.includes(':') ? 96 : 0)
  if (prefix === 0)
    return `\`${cidr}\` is every ${family} address, so every client may choose its own address; name the proxies in front alone`
  const first = firstOf(address, prefix)
  return first === address
    ? undefined
    : `\`${cidr}\` is the block \`${first}/${prefix}\`; write that, or \`${address}\` for the one address`
}

/** The first address of the block of `prefix` bits around `address`; both in canonical text. */
function firstOf(address: string, prefix: number): string {
  const isV6 = address.includes(':')
  const width = isV6 ? 16 : 8
  const parts = isV6 ? groupsOf(address) : address.split('.').map(Number)
  const masked = parts.map((part, i) => {
    const free = width - Math.min(width, Math.max(0, prefix - i * width))
    return (part >> free) << free
  })
  return parseAddress(isV6 ? masked.map((group) => group.toString(16)).join(':') : masked.join('.')) as string
}

/** The eight groups of a canonical IPv6 address (RFC 5952). */
function groupsOf(address: string): number[] {
  const [before, after] = address.split('::').map((side) => (side === '' ? [] : side.split(':').map((group) => Number.parseInt(group, 16))))
  const head = before as number[]
  if (after === undefined) return head
  return [...head, ...new Array<number>(8 - head.length - after.length).fill(0), ...after]
}
