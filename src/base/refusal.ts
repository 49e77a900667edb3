// The codes with which the gateway's own policies refuse, in one table: each has a title and a page of its own. A policy of somebody else
// chooses its codes freely; they share the page of the fault `refused`.

/** A refusal of a policy that comes with the gateway. */
export interface RefusalRow {
  readonly policy: string
  readonly status: number
  readonly title: string
}

/** By code. Kept as a Map: codes of plugins are looked up in it. */
export const refusals: ReadonlyMap<string, RefusalRow> = new Map([
  ['ip_denied', { policy: 'ip-filter', status: 403, title: 'Requests from this address are not accepted here' }],
  ['csrf', { policy: 'csrf', status: 403, title: 'The request comes from a page of another site' }],
])
