// The outcome of parsing bytes that may still be incomplete. Traffic never throws; this is what it returns instead.
import type { FaultCode } from './fault.ts'

/** `done`: a value and how many bytes it took; `more`: undecided, feed more bytes; `bad`: a fault and the offset that showed it. */
export type Parsed<T> =
  | { readonly kind: 'done'; readonly value: T; readonly used: number }
  | { readonly kind: 'more' }
  | { readonly kind: 'bad'; readonly fault: FaultCode; readonly at: number }

/** A value, or the fault that stands in its place. */
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: FaultCode }
