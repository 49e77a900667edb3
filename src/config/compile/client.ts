// Whose word about the client is believed: the plan's `client`, and warnings about blocks that hold more than their author may think.
import { blockProblem } from '../../base/ip-block.ts'
import { parseCidr } from '../../base/ip.ts'
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
  const block = parseCidr(cidr)
  if (block?.prefix !== 0) return blockProblem(cidr)
  const family = block.address.includes(':') ? 'IPv6' : 'IPv4'
  return `\`${cidr}\` is every ${family} address, so every client may choose its own address; name the proxies in front alone`
}
