// A warning about timeouts that can never be reached, because a shorter one always comes first.
import { formatDuration } from '../../base/duration.ts'
import { DEFAULTS } from '../defaults.ts'
import { join, placeAt, type Node } from '../load/node.ts'
import type { Problems } from '../load/problems.ts'
import type { ServicePlan } from '../plan.ts'
import type { Draft } from './draft.ts'

/** Judges each `response` where it is written, against the `deadline` that counts there; what is inherited is nobody's slip. */
export function warnUnreachable(draft: Draft, services: readonly ServicePlan[], problems: Problems): void {
  const judge = (node: Node, path: string, response: number | undefined, deadline: number): void => {
    // A deadline of 0 is none.
    if (response === undefined || deadline === 0 || response <= deadline) return
    problems.warning(
      placeAt(node, ['timeouts', 'response']),
      join(path, 'timeouts.response'),
      `never reached: \`deadline\`, over all tries together, is ${formatDuration(deadline)}; raise that, or make \`response\` shorter`,
    )
  }
  const shared = draft.defaults?.service?.timeouts
  const standard = DEFAULTS.service.timeouts
  judge(placeAt(draft.root, ['defaults', 'service']) as Node, 'defaults.service', shared?.response, shared?.deadline ?? standard.deadline)
  const deadlines = new Map(services.map(({ name, timeouts }) => [name, timeouts.deadline]))
  for (const { name, node, value } of draft.services)
    judge(node, join('services', name), value?.timeouts?.response, deadlines.get(name) ?? 0)
  for (const { name, node, value } of draft.routes) {
    const targets = value?.split?.map(({ service }) => service) ?? (value?.service === undefined ? [] : [value.service])
    const inherited = targets.map((service) => deadlines.get(service) ?? 0)
    // Of several services the one without a deadline, or with the longest, may still let `response` come first.
    const longest = inherited.includes(0) ? 0 : Math.max(0, ...inherited)
    judge(node, join('routes', name), value?.timeouts?.response, value?.timeouts?.deadline ?? longest)
  }
}
