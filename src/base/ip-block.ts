// Blocks of addresses that are valid and hardly meant: those that are written by an address in their middle.
import { parseAddress, parseCidr } from './ip.ts'

/** What is odd about a valid block, as a sentence with the remedy: it is written by another address than its first one. */
export function blockProblem(cidr: string): string | undefined {
  const block = parseCidr(cidr)
  if (block === undefined) return undefined
  const { address, prefix } = block
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
