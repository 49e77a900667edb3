import { defineGateway } from 'tidegate'
import geo from './geo.ts'

export default defineGateway({
  version: 1,
  plugins: { geo },
  services: { users: { endpoints: ['http://${USERS:-127.0.0.1}:3001'] } },
  routes: {
    a: { match: 'GET /a', policies: [{ geo: { field: 'country' } }], reply: { body: 'a' } },
    users: { match: '/users/{rest...}', service: 'users', rewrite: '/{rest}' },
  },
})
