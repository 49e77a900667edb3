// Main's part in listening. Where workers share ports, a proof that an address is free, by a plain bind before any of them listens: with
// `reusePort` a second process would bind the same port without an error and take half of the connections. Elsewhere main accepts for them.
import net from 'node:net'
import type { ListenerPlan, Plan } from '../config/plan.ts'
import { type BindFailure, type ListenAddress, PortAcceptor, type TakeSocket } from '../net/acceptor.ts'

const nameOf = (listener: ListenerPlan): string => `${listener.name}|${listener.address}`

/** Addresses that main binds for itself with a version: as the methods of `Ports`. */
export interface PortsBeside {
  /** Returns one sentence when an address is not free. */
  prepare(next: Plan): Promise<string | undefined>
  commit(plan: Plan): void
  revert(): void
}

/** The listening addresses of the process, over all versions. */
export class Ports {
  /** Real ports of listeners that asked for port 0, by name and address: they stay what they are over reloads. */
  readonly #chosen = new Map<string, number>()
  readonly #share: boolean
  readonly #relay: PortAcceptor | undefined
  readonly #beside: PortsBeside | undefined

  /** `share`: prove nothing, another process hands its ports over. `relay`: takes the sockets that main accepts; undefined: workers accept. */
  constructor(options: { share: boolean; relay: TakeSocket | undefined; beside?: PortsBeside | undefined }) {
    this.#share = options.share
    this.#beside = options.beside
    this.#relay = options.relay === undefined ? undefined : new PortAcceptor({ take: options.relay, reusePort: false })
  }

  /**
   * Makes sure that what `next` adds to the listeners `held` can be bound, and writes real ports in place of 0. Returns one sentence when an
   * address is not free. What was bound for it is let go by `revert`.
   */
  async prepare(next: Plan, held: readonly ListenerPlan[]): Promise<string | undefined> {
    for (const listener of next.listeners) if (listener.port === 0) listener.port = this.#chosen.get(nameOf(listener)) ?? 0
    // A port that we hold ourselves cannot be proven free; where only its address changes, the workers' own bind decides.
    const fresh = next.listeners.filter((listener) => !held.some(({ port }) => port === listener.port))
    const unproven = this.#share ? fresh.filter(({ port }) => port === 0) : fresh
    const proof = await proveFree(unproven)
    if ('failure' in proof) return bindMessage(proof.failure)
    for (const [index, listener] of unproven.entries()) {
      const port = proof.addresses[index]?.port ?? listener.port
      if (listener.port === 0) this.#chosen.set(nameOf(listener), port)
      listener.port = port
    }
    const failure = await this.#relay?.open(next.listeners)
    return failure === undefined ? this.#beside?.prepare(next) : bindMessage(failure)
  }

  commit(plan: Plan): void {
    this.#relay?.commit(plan.listeners)
    this.#beside?.commit(plan)
  }

  revert(): void {
    this.#relay?.revert()
    this.#beside?.revert()
  }

  /** Main accepts nothing for now: clients wait in the kernel's queue. */
  pause(): void {
    this.#relay?.pause()
  }

  resume(): void {
    this.#relay?.resume()
  }

  /** Accepts no more; what waits in the queues has been handed on by then. */
  async close(): Promise<void> {
    await this.#relay?.close()
  }
}

/** Binds each address alone, learns its port, and lets it go. Returns the addresses with ports resolved, or the first that is not free. */
export async function proveFree(
  addresses: readonly ListenAddress[],
): Promise<{ addresses: readonly ListenAddress[] } | { failure: BindFailure }> {
  const servers: net.Server[] = []
  const proven: ListenAddress[] = []
  try {
    for (const address of addresses) {
      const server = net.createServer((socket) => socket.destroy())
      const bound = await bind(server, address)
      if (typeof bound !== 'number') return { failure: bound }
      servers.push(server)
      proven.push({ address: address.address, port: bound })
    }
    return { addresses: proven }
  } finally {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  }
}

function bind(server: net.Server, { address, port }: ListenAddress): Promise<number | BindFailure> {
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve({ address, port, code: error.code ?? 'EUNKNOWN' }))
    server.listen({ port, ...(address === '' ? {} : { host: address }) }, () => resolve((server.address() as net.AddressInfo).port))
  })
}

/** Can several threads of this process listen on one port? */
export function canSharePort(): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer()
    server.once('error', () => resolve(false))
    server.listen({ port: 0, host: '127.0.0.1', reusePort: true }, () => server.close(() => resolve(true)))
  })
}

/** One sentence on why an address could not be bound. */
export function bindMessage({ address, port, code }: BindFailure): string {
  const where = address === '' ? `port ${port}` : `port ${port} of ${address}`
  switch (code) {
    case 'EADDRINUSE':
      return `${where} is in use by another process; stop it, choose another port, or take over from it with --share-port`
    case 'EACCES':
      return `${where} may not be bound by this user; ports below 1024 need CAP_NET_BIND_SERVICE`
    case 'EADDRNOTAVAIL':
      return `${where} cannot be bound: this machine has no such address`
    case 'EINVAL':
    case 'EAFNOSUPPORT':
      return `${where} cannot be bound: this machine listens on no address of this kind; choose another of its addresses`
    default:
      return `${where} could not be bound (${code})`
  }
}
