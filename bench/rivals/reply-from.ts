// Fastify with @fastify/reply-from: the usual way to write a gateway on Fastify.
import replyFrom from '@fastify/reply-from'
import fastify from 'fastify'

const app = fastify({ logger: false, keepAliveTimeout: 3_600_000 })
await app.register(replyFrom, {
  base: `http://127.0.0.1:${process.env.UPSTREAM_PORT}`,
  undici: { connections: 512, pipelining: 1, keepAliveTimeout: 60_000 },
})
// Bodies pass through unread.
app.removeAllContentTypeParsers()
app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
app.all('/*', (request, reply) => reply.from(request.url))
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1', backlog: 4096 })
console.log('ready')
