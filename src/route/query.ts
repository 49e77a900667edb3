// What matching reads of a request.

/** What matching reads of a request: everything canonical. */
export interface RouteQuery {
  readonly authority: string
  readonly method: string
  readonly path: string
  readonly query: string
  readonly fields: readonly string[]
}
