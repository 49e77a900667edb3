// What a row of the tables for curl is, and the short forms in which they judge.
import assert from 'node:assert/strict'
import type { CurlAnswer } from './curl.ts'
import type { Recorder } from './recorder.ts'

export interface Place {
  /** Of the gateway, without a path. */
  readonly url: string
  readonly port: number
  /** On ::1, or 0 where there is no IPv6. */
  readonly port6: number
  /** Where curl runs and files lie. */
  readonly folder: string
}

export interface Row {
  /** The options as a user types them, and what they are for. */
  readonly what: string
  readonly args: (at: Place) => readonly string[]
  readonly input?: Buffer
  /** Exit codes that are right; several where versions of curl differ. Default: 0. */
  readonly exit?: readonly number[]
  readonly check: (answer: CurlAnswer, service: Recorder, at: Place) => void | Promise<void>
}

/** A check that the answer has this status and, where given, the service saw this method and target last. */
export const answered =
  (status: number, request?: string): Row['check'] =>
  ({ head }, service) => {
    assert.equal(head.status, status)
    if (request !== undefined) assert.equal(`${service.last.method} ${service.last.target}`, request)
  }

/** A check that the gateway itself answered, with this status, and the service saw nothing. */
export const refused =
  (status: number): Row['check'] =>
  ({ head, body }, service) => {
    assert.equal(head.status, status)
    if (body.length > 0) assert.equal((JSON.parse(body.toString()) as { status: number }).status, status)
    assert.deepEqual(service.received, [])
  }

/** Each transfer's `num_connects`: 1 for a new connection, 0 for one that was reused. */
export const connects = ({ transfers }: CurlAnswer): unknown[] => transfers.map((transfer) => transfer['num_connects'])
