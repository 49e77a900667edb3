// A warning about pipelined answers that nothing but their order tells apart.
import { join, placeAt, type Node } from '../load/node.ts'
import type { Problems } from '../load/problems.ts'
import type { ServiceDefaultsInput } from '../schema/services.ts'
import type { Draft } from './draft.ts'

/** Judges each `pipelining` where it is written; what is inherited is nobody's slip. */
export function warnUnverified(draft: Draft, problems: Problems): void {
  const judge = (node: Node, path: string, said: ServiceDefaultsInput | undefined): void => {
    const pipelining = said?.connections?.pipelining
    if (pipelining === undefined) return
    const { depth, echo } = typeof pipelining === 'number' ? { depth: pipelining, echo: undefined } : pipelining
    if (depth === 1 || echo !== undefined) return
    problems.warning(
      placeAt(node, ['connections', 'pipelining']),
      join(path, 'connections.pipelining'),
      `answers are told apart by their order alone, and a service that sends one too many gives a client what was another's; have each verified: \`pipelining: { depth: ${depth}, echo: x-request-id }\`, a field that the service echoes`,
    )
  }
  judge(placeAt(draft.root, ['defaults', 'service']) as Node, 'defaults.service', draft.defaults?.service)
  for (const { name, node, value } of draft.services) judge(node, join('services', name), value)
}
