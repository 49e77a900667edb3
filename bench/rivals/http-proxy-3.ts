// http-proxy-3, the maintained successor of http-proxy, with a keep-alive agent.
import { Agent, createServer } from 'node:http'
import { createProxyServer } from 'http-proxy-3'

const agent = new Agent({ keepAlive: true, maxSockets: 512, maxFreeSockets: 512 })
const proxy = createProxyServer({ target: `http://127.0.0.1:${process.env.UPSTREAM_PORT}`, agent })
proxy.on('error', (_error, _request, response) => {
  if ('writeHead' in response && !response.headersSent) response.writeHead(502).end()
  else response.destroy()
})
const server = createServer((request, response) => proxy.web(request, response))
server.keepAliveTimeout = 3_600_000
server.listen({ port: Number(process.env.PORT), host: '127.0.0.1', backlog: 4096 }, () => console.log('ready'))
