// Closes listening sockets so that nobody is reset who has a connection, or will have one in a moment. After `acceptor`.
//
// The kernel resets what waits in the queue of a socket that is closed, and forgets the handshakes under way: their clients take the answer
// to their SYN for a connection and send a request on it. So first no handshake begins any more, then those under way get the time of a
// round trip, then the queue is emptied, then the socket is closed.
import type net from 'node:net'
import { systemClock } from '../base/clock.ts'
import { shutGate } from './acceptor-gate.ts'
import { Timed, Wheel } from './wheel.ts'

/** A listening socket's clients, as far as its end depends on them. */
export interface Visits {
  /** How many connections have been accepted. */
  accepted: number
  /** Some came from another machine. */
  remote: boolean
}

/** Time for handshakes under way to other machines, in milliseconds: a round trip over an ocean. Who comes meanwhile is kept waiting. */
const ROUND_TRIP = 200
/** The same within one machine: microseconds, unless the kernel is late with its work. */
const OWN_WORK = 10

/** Where handshakes cannot be kept away: a turn of the event loop in which next to nothing can have come, in milliseconds. */
const SHORT_TURN = 0.05
/** How many longer turns are waited for a short one. */
const MOST_TURNS = 200

/** Closes `servers`, which go on accepting meanwhile and count in `visits` what they accept. `gate` shuts one, and says whether it could. */
export async function closeListening(servers: readonly net.Server[], visits: Readonly<Visits>, gate = shutGate): Promise<void> {
  const shut = servers.map((server) => gate(server))
  if (!shut.includes(false)) {
    if (visits.remote) await elapse(ROUND_TRIP)
    await emptied(visits, OWN_WORK)
  } else {
    for (const server of servers) setBacklog(server, 0)
    await quiet(visits)
  }
  for (const server of servers) server.close()
}

/** Says anew how many connections may wait for `server`, less one. */
export function setBacklog(server: net.Server, backlog: number): void {
  // Node has no call for it. Without this inside nothing breaks: the backlog stays what it is.
  ;(server as unknown as { readonly _handle: { listen?(backlog: number): number } | null })._handle?.listen?.(backlog)
}

/** Resolves after `ms` milliseconds, or up to a tick of the wheel later. */
function elapse(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const wheel = new Wheel(systemClock)
    const end = wheel.start()
    wheel.arm(
      new Deadline(() => {
        void end()
        resolve()
      }),
      systemClock.now() + ms,
    )
  })
}

class Deadline extends Timed {
  readonly onDue: () => void

  constructor(onDue: () => void) {
    super()
    this.onDue = onDue
  }
}

/** Resolves after a turn of the event loop that brought no connection (libuv accepts one a turn while there are any), `ms` from now at least. */
function emptied(visits: Readonly<Visits>, ms: number): Promise<void> {
  const earliest = systemClock.now() + ms
  return new Promise((resolve) => {
    let seen = -1
    const look = (): void => {
      if (seen === visits.accepted && systemClock.now() >= earliest) return resolve()
      seen = visits.accepted
      setImmediate(look)
    }
    setImmediate(look)
  })
}

/**
 * The same where more may come at any time. With a backlog of 0 the queue takes one connection at most, so what remains is a connection
 * that comes between the last look and the close. The turn has to be short as well: what came while a long one did other work is waiting.
 */
function quiet(visits: Readonly<Visits>): Promise<void> {
  return new Promise((resolve) => {
    let seen = -1
    let turns = 0
    let began = systemClock.now()
    const look = (): void => {
      const now = systemClock.now()
      const long = now - began > SHORT_TURN && ++turns < MOST_TURNS
      began = now
      if (seen === visits.accepted && !long) return resolve()
      seen = visits.accepted
      setImmediate(look)
    }
    look()
  })
}
