// `node:http` in front, undici's `dispatch` behind: the leanest proxy of maintained parts.
import { createServer, type ServerResponse } from 'node:http'
import { Pool, type Dispatcher } from 'undici'

const pool = new Pool(`http://127.0.0.1:${process.env.UPSTREAM_PORT}`, { connections: 512, pipelining: 1, keepAliveTimeout: 60_000 })
const hopByHop = new Set(['connection', 'keep-alive', 'transfer-encoding'])

const server = createServer((request, response) => {
  const headers: string[] = []
  for (let i = 0; i < request.rawHeaders.length; i += 2) {
    const name = request.rawHeaders[i] as string
    if (!hopByHop.has(name.toLowerCase())) headers.push(name, request.rawHeaders[i + 1] as string)
  }
  const body = request.method === 'GET' || request.method === 'HEAD' ? null : request
  pool.dispatch({ path: request.url ?? '/', method: request.method as Dispatcher.HttpMethod, headers, body }, relay(response))
})
server.keepAliveTimeout = 3_600_000
server.listen({ port: Number(process.env.PORT), host: '127.0.0.1', backlog: 4096 }, () => console.log('ready'))

function relay(response: ServerResponse): Dispatcher.DispatchHandler {
  return {
    onRequestStart: (controller) =>
      void response.once('close', () => response.writableFinished || controller.abort(new Error('client left'))),
    onResponseStart: (controller, status, headers) => {
      for (const name of hopByHop) delete headers[name]
      response.writeHead(status, headers)
      response.on('drain', () => controller.resume())
    },
    onResponseData: (controller, chunk) => {
      if (!response.write(chunk)) controller.pause()
    },
    onResponseEnd: () => void response.end(),
    onResponseError: () => void (response.headersSent ? response.destroy() : response.writeHead(502).end()),
  }
}
