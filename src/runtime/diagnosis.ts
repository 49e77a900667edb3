// One thing that `doctor.ts` looked at: how it is, and what to do.

export interface Diagnosis {
  readonly state: 'ok' | 'warn' | 'fail'
  /** `endpoint http://127.0.0.1:7101 of users`. */
  readonly what: string
  readonly found: string
  /** What to do; '' where nothing is to be done. */
  readonly remedy: string
}

export const ok = (what: string, found: string): Diagnosis => ({ state: 'ok', what, found, remedy: '' })
export const warn = (what: string, found: string, remedy: string): Diagnosis => ({ state: 'warn', what, found, remedy })
export const fail = (what: string, found: string, remedy: string): Diagnosis => ({ state: 'fail', what, found, remedy })
