// A service of the SaaS scenario, a process of its own: `node sample-service.ts NAME PORT`. It says who answered and what it was asked, and
// pushes to its events and WebSockets what is posted to `/tell`.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocketServer } from 'ws'

const [, , name = '', port = ''] = process.argv
const listeners = new Set<ServerResponse>()
const sockets = new WebSocketServer({ noServer: true })

const server = createServer((request, response) => void serve(request, response))

async function serve(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
  const path = request.url ?? ''
  const [, , kind, argument] = path.split('/')
  const body = await buffer(request)
  if (path === '/tell') {
    for (const listener of listeners) listener.write(`data: ${body.toString()}\n\n`)
    for (const socket of sockets.clients) socket.send(body.toString())
    return response.writeHead(204).end()
  }
  if (path === '/events') {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' }).flushHeaders()
    listeners.add(response.on('close', () => listeners.delete(response)))
    return undefined
  }
  if (kind === 'slow') await sleep(Number(argument))
  if (kind === 'drip') {
    response.writeHead(200, { 'content-length': Number(argument) })
    for (let sent = 0; sent < Number(argument); sent++) {
      response.write('.')
      await sleep(20)
    }
    return response.end()
  }
  const { host, origin, 'x-request-id': id } = request.headers
  response.setHeader('content-type', 'application/json')
  return response.end(
    JSON.stringify({ service: name, port: Number(port), method: request.method, path, bytes: body.length, host, origin, id }),
  )
}

server.on('upgrade', (request, socket, head) =>
  sockets.handleUpgrade(request, socket, head, (accepted) => {
    accepted.on('error', () => {})
    accepted.on('message', (data, binary) => accepted.send(data, { binary }))
  }),
)
server.listen(Number(port), '127.0.0.1', () => console.log(`${name} listens on ${port}`))
