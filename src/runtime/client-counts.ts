// `limits.connectionsPerClient`, counted over all workers: each worker keeps exact counts of its own, and shows them to the others in a table
// of one 64-bit word a client, which it alone writes. A word is read whole, so no lock is needed and a worker may end at any instruction
// (R51): main then clears its table. Decided when a connection is accepted.
import { hash } from 'node:crypto'
import { parseAddress } from '../base/ip.ts'
import { randomHex } from '../base/random.ts'

/** Words where one client may stand: one cache line. */
const WAYS = 8
/** 2^11 lines, 128 KiB a worker: room for some 10,000 clients at once. Whoever finds a line full is counted by its own worker alone. */
const LINES = 2_048
const COUNT_BITS = 24n
const COUNT_MASK = (1n << COUNT_BITS) - 1n

/** What a worker starts with, and is sent when another one comes. */
export interface ClientTables {
  /** Keeps clients from choosing whom they share a word with. */
  readonly key: string
  /** By slot. */
  readonly tables: readonly SharedArrayBuffer[]
}

/** Main's part. */
export class ClientMemory {
  readonly #key = randomHex(16)
  #tables: readonly SharedArrayBuffer[] = []

  /** All tables, one for `slot` among them. */
  reach(slot: number): ClientTables {
    const missing = Math.max(0, slot + 1 - this.#tables.length)
    this.#tables = [...this.#tables, ...Array.from({ length: missing }, () => new SharedArrayBuffer(LINES * WAYS * 8))]
    return { key: this.#key, tables: this.#tables }
  }

  /** Gives back what the worker of `slot` held. It must have ended. */
  clear(slot: number): void {
    const table = this.#tables[slot]
    if (table !== undefined) new BigUint64Array(table).fill(0n)
  }
}

interface Client {
  readonly line: number
  readonly tag: bigint
}

/** One worker's part. */
export class ClientCounts {
  readonly #slot: number
  readonly #own = new Map<string, number>()
  #key: string
  #tables: readonly BigUint64Array[]
  #most = Infinity

  constructor(slot: number, tables: ClientTables) {
    this.#slot = slot
    this.#key = tables.key
    this.#tables = []
    this.use(tables)
  }

  /** There are other workers. */
  use({ key, tables }: ClientTables): void {
    this.#key = key
    this.#tables = tables.map((table) => new BigUint64Array(table))
  }

  /** Connections that one address may have from now on; more that it has already stay. */
  limit(most: number): void {
    this.#most = most
  }

  /** A connection from `peer` comes, an address in any spelling. False: it has as many as it may; it was not counted. */
  enter(peer: string): boolean {
    const address = parseAddress(peer) ?? peer
    const client = this.#find(address)
    const own = this.#own.get(address) ?? 0
    // Shown first, counted afterwards: of two workers at the limit at once, at least one sees the other.
    this.#show(client, own + 1)
    if (own + 1 + this.#others(client) > this.#most) {
      this.#show(client, own)
      return false
    }
    this.#own.set(address, own + 1)
    return true
  }

  /** A connection that `enter` has counted ends. */
  leave(peer: string): void {
    const address = parseAddress(peer) ?? peer
    const own = (this.#own.get(address) ?? 1) - 1
    if (own === 0) this.#own.delete(address)
    else this.#own.set(address, own)
    this.#show(this.#find(address), own)
  }

  #find(address: string): Client {
    const digest = hash('sha256', this.#key + address, 'buffer')
    // A word of 0 is free: no client has that tag.
    return { line: (digest.readUInt16LE(0) % LINES) * WAYS, tag: BigInt(digest.readUIntLE(2, 5)) || 1n }
  }

  #others({ line, tag }: Client): number {
    let sum = 0
    for (const [slot, table] of this.#tables.entries()) {
      if (slot === this.#slot) continue
      for (let at = line; at < line + WAYS; at++) {
        const word = Atomics.load(table, at)
        if (word >> COUNT_BITS === tag) sum += Number(word & COUNT_MASK)
      }
    }
    return sum
  }

  #show({ line, tag }: Client, count: number): void {
    const table = this.#tables[this.#slot]
    if (table === undefined) return
    let free = -1
    for (let at = line; at < line + WAYS; at++) {
      const word = Atomics.load(table, at)
      if (word >> COUNT_BITS === tag) return void Atomics.store(table, at, count === 0 ? 0n : (tag << COUNT_BITS) | BigInt(count))
      if (word === 0n && free < 0) free = at
    }
    if (free >= 0 && count > 0) Atomics.store(table, free, (tag << COUNT_BITS) | BigInt(count))
  }
}
