// The users service: a list, and one user by id. Plain node:http; it knows nothing of the gateway.
import { createServer } from 'node:http'

const users = new Map([
  ['1', { id: '1', name: 'Ada Lovelace', city: 'London' }],
  ['2', { id: '2', name: 'Grace Hopper', city: 'New York' }],
  ['3', { id: '3', name: 'Radia Perlman', city: 'Boston' }],
])

createServer((request, response) => {
  const [, collection, id] = (request.url ?? '/').split('/')
  const found = collection !== 'users' ? undefined : id === undefined ? [...users.values()] : users.get(id)
  response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json', 'x-powered-by': 'users' })
  response.end(JSON.stringify(found ?? { error: 'no such user' }))
}).listen(Number(process.env['PORT']), '127.0.0.1')
