// Copies bytes between a client's socket and one of its own to the upstream: no HTTP, no pool.
import { connect, createServer } from 'node:net'

const server = createServer({ noDelay: true }, (client) => {
  const upstream = connect({ port: Number(process.env.UPSTREAM_PORT), host: '127.0.0.1', noDelay: true })
  client.pipe(upstream).pipe(client)
  client.on('error', () => upstream.destroy())
  upstream.on('error', () => client.destroy())
  client.on('close', () => upstream.destroy())
})
server.listen({ port: Number(process.env.PORT), host: '127.0.0.1', backlog: 4096 }, () => console.log('ready'))
