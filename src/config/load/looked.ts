// What a load tells of the places where it looked, for whoever watches them. Apart from `gather.ts`, since main carries no YAML library.
/** Where a load looked for files: one that is missing, or comes to match, changes the configuration as well. */
export interface Looked {
  /** Files as they were named, links not resolved, there or not. */
  readonly names: readonly string[]
  /** Patterns of `include`. */
  readonly globs: readonly string[]
}

export const nowhere: Looked = { names: [], globs: [] }
