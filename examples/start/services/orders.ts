// The orders service: lists orders, and takes new ones as JSON. Plain node:http; it knows nothing of the gateway.
import { createServer, type IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'

const orders: { id: number; item: unknown }[] = [{ id: 1, item: 'tea' }]

async function answer(request: IncomingMessage): Promise<[status: number, body: unknown]> {
  if (request.url !== '/orders') return [404, { error: 'no such thing' }]
  if (request.method !== 'POST') return [200, orders]
  try {
    const { item } = (await json(request)) as { item?: unknown }
    if (item === undefined) return [422, { error: 'an order names an item' }]
    const order = { id: orders.length + 1, item }
    orders.push(order)
    return [201, order]
  } catch {
    return [400, { error: 'the body is not JSON' }]
  }
}

createServer((request, response) => {
  void answer(request).then(([status, body]) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
  )
}).listen(Number(process.env['PORT']), '127.0.0.1')
