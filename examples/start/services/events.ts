// The events service: a stream of server-sent events, one a second. Plain node:http; it knows nothing of the gateway.
import { createServer } from 'node:http'

createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  let count = 0
  const tell = (): unknown => response.write(`id: ${++count}\ndata: {"at":"${new Date().toISOString()}"}\n\n`)
  tell()
  const ticking = setInterval(tell, 1000)
  response.on('close', () => clearInterval(ticking))
}).listen(Number(process.env['PORT']), '127.0.0.1')
