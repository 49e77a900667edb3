// Order is position, never a number, and it is checked: what each kind must stand below or above, and the right list when it does not.
import type { PolicyRegistry } from './registry.ts'

/** `upper` stands below `lower`, and one of the two kinds forbids it. */
export interface OrderViolation {
  /** Position of the one that must come first. */
  readonly upper: number
  /** Position of the one that must come after it; smaller than `upper`. */
  readonly lower: number
}

/** Every pair of `kinds` (top first) that stands the wrong way round. */
export function orderViolations(kinds: readonly string[], registry: PolicyRegistry): OrderViolation[] {
  const violations: OrderViolation[] = []
  for (let lower = 0; lower < kinds.length; lower++) {
    for (let upper = lower + 1; upper < kinds.length; upper++) {
      if (mustPrecede(kinds[upper] as string, kinds[lower] as string, registry)) violations.push({ upper, lower })
    }
  }
  return violations
}

/** True when the rules of either kind put `first` above `second`. */
function mustPrecede(first: string, second: string, registry: PolicyRegistry): boolean {
  return (registry.get(first)?.order.above?.includes(second) ?? false) || (registry.get(second)?.order.below?.includes(first) ?? false)
}

/**
 * The positions of `kinds` in an order that keeps every rule and otherwise stays as it was written; undefined when the rules of the
 * kinds contradict each other.
 */
export function rightOrder(kinds: readonly string[], registry: PolicyRegistry): number[] | undefined {
  const left = kinds.map((_, position) => position)
  const ordered: number[] = []
  while (left.length > 0) {
    // The first that nothing left over must precede; equal kinds keep their order among themselves.
    const next = left.findIndex((position) =>
      left.every((other) => other === position || !mustPrecede(kinds[other] as string, kinds[position] as string, registry)),
    )
    if (next === -1) return undefined
    ordered.push(...left.splice(next, 1))
  }
  return ordered
}
