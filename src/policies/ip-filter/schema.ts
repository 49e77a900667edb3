// Options of the policy `ip-filter`: two lists of addresses and blocks. What is no block, or hardly the one that was meant, is refused at load.
import { z } from 'zod'
import { blockProblem } from '../../base/ip-block.ts'
import { isCidr } from '../../base/ip.ts'

const cidr = z.string().superRefine((text, context) => {
  const problem = isCidr(text) ? blockProblem(text) : noBlock(text)
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
})

function noBlock(text: string): string {
  const example = 'for example `10.0.0.0/8`, `203.0.113.7` or `2001:db8::/32`'
  const bare = text.replace(/^\[(.*)\]$/, '$1').replace(/%[^/]*/, '')
  if (bare !== text && isCidr(bare)) return `\`${text}\` is written \`${bare}\` here, without brackets or zone`
  if (/[*x]/i.test(text) && /^[0-9.*x]+$/i.test(text)) return `\`${text}\` is a pattern; write a block, ${example}`
  if (/-/.test(text)) return `\`${text}\` is a range; write the blocks that it consists of, ${example}`
  return `\`${text}\` is neither an address nor a block of them, ${example}`
}

const list = (about: string) => z.array(cidr).min(1, 'is empty; name an address or a block, or leave it out').optional().describe(about)

export const schema = z
  .strictObject({
    allow: list('text: addresses and blocks that are let in; left out: all'),
    deny: list('text: addresses and blocks that are refused, whatever `allow` says'),
  })
  .refine(({ allow, deny }) => allow !== undefined || deny !== undefined, 'says neither `allow` nor `deny`, and so does nothing')

export type IpFilterOptions = z.infer<typeof schema>
