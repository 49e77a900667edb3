// The connections of a port of the gateway's own. There are few, and a new one ends an old one: whoever holds many keeps nobody out. A caller
// who has shown a token and waits for the answer (a reload takes seconds) is not the one who goes.
import type { RequestListener, Server } from 'node:http'
import type { Socket } from 'node:net'

/** Connections of one port. Clients ask and leave; nobody needs more. */
const CONNECTIONS = 12
/** Requests on one connection that wait for their answers: whoever sends on and reads nothing would have every answer kept for it. */
const WAITING = 16

/** Connections on which a caller with a token is being answered. */
const kept = new WeakSet<Socket>()

/** The caller there has shown a token: until it is answered its connection is not ended for another one. */
export const keepConnection = (socket: Socket): void => void kept.add(socket)

/** Bounds the connections of `server`, and what waits on each; returns the listener to give requests to instead of `listener`. */
export function boundConnections(server: Server, listener: RequestListener): RequestListener {
  const sockets = new Set<Socket>()
  const waiting = new WeakMap<Socket, number>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.on('close', () => sockets.delete(socket)))
    if (sockets.size <= CONNECTIONS) return
    // The oldest goes, of those that can.
    const [oldest = socket] = sockets
    const idle = [...sockets].find((one) => !kept.has(one))
    ;(idle === socket || idle === undefined ? oldest : idle).destroy()
  })
  return (request, response) => {
    const { socket } = request
    const count = (waiting.get(socket) ?? 0) + 1
    waiting.set(socket, count)
    if (count > WAITING) socket.destroy()
    // What was read in one piece with the request that was one too many.
    if (socket.destroyed) return
    response.on('close', () => {
      const left = (waiting.get(socket) ?? 1) - 1
      waiting.set(socket, left)
      if (left === 0) kept.delete(socket)
    })
    listener(request, response)
  }
}
