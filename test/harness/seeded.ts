// Randomness that a failing test can have again: everything comes from one seed.

export interface Random {
  /** In [0, 1). */
  next(): number
  /** A whole number in [0, below). */
  below(below: number): number
  /** One of them. */
  of<T>(list: readonly T[]): T
  /** True once in `n`. */
  oneIn(n: number): boolean
}

/** Numbers from a seed: mulberry32 (Tommy Ettinger, public domain). */
export function seeded(seed: number): Random {
  let state = seed | 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  return { next, below, of: (list) => list[below(list.length)] as never, oneIn: (n) => below(n) === 0 }
}
