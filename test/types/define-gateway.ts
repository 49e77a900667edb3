// What the compiler says of a configuration in TypeScript: each `@ts-expect-error` is a slip that it must find. `npm run check` compiles
// this; nothing runs it.
import { z } from 'zod'
import { defineGateway } from '../../src/index.ts'
import { definePolicy, proceed } from '../../src/plugin.ts'

const geo = definePolicy({
  name: 'geo',
  schema: z.strictObject({ field: z.string(), most: z.number().optional() }),
  create: ({ field }) => ({ onRequest: (call) => (call.request.headers.has(field) ? proceed : proceed) }),
})
const users = { endpoints: ['http://127.0.0.1:3001'] }
const reply = { body: 'hello' }

/** Everything that names something, named rightly. */
export const right = defineGateway({
  version: 1,
  plugins: { geo, other: './other.ts' },
  policySets: { edge: ['request-id', { cors: { origins: ['https://shop.example'] } }] },
  defaults: { policies: [{ set: 'edge' }], service: { timeouts: { response: '10s' } } },
  services: { users, orders: { endpoints: ['http://127.0.0.1:3002'], timeouts: { response: '3s' } } },
  routes: {
    hello: { match: 'GET /hello', policies: [{ geo: { field: 'country' } }, { other: 3 }], reply },
    users: { match: '/users/{rest...}', service: 'users', over: 'hello', without: ['cors', 'edge'] },
    split: {
      match: { path: '/s', hosts: ['shop.example'], when: (request) => request.ip !== '' && request.header('x-a') !== '' },
      split: [
        { service: 'users', weight: 1 },
        { service: 'orders', weight: 2 },
      ],
    },
  },
})

/** Each route has one slip. */
export const wrong = defineGateway({
  version: 1,
  plugins: { geo },
  services: { users },
  routes: {
    // @ts-expect-error there is no such service
    service: { match: 'GET /', service: 'userz' },
    // @ts-expect-error there is no such service
    split: { match: 'GET /', split: [{ service: 'none', weight: 1 }] },
    // @ts-expect-error there is no such service
    mirror: { match: 'GET /', service: 'users', mirror: { service: 'none' } },
    // @ts-expect-error the plugin has no such option
    plugin: { match: 'GET /', policies: [{ geo: { feld: 'country' } }], reply },
    // @ts-expect-error there is no such policy
    bare: { match: 'GET /', policies: ['request-ids'], reply },
    // @ts-expect-error there is no such policy
    policy: { match: 'GET /', policies: [{ corz: {} }], reply },
    // @ts-expect-error the policy has no such option
    options: { match: 'GET /', policies: [{ cors: { orgins: [] } }], reply },
    // @ts-expect-error there is no such set
    set: { match: 'GET /', policies: [{ set: 'edge' }], reply },
    // @ts-expect-error there is no such route
    over: { match: 'GET /', over: 'nobody', reply },
    // @ts-expect-error a condition is no text
    when: { match: { path: '/', when: 'true' }, reply },
    // @ts-expect-error the request has no such thing
    request: { match: { path: '/', when: (request) => request.color === 'red' }, reply },
    // @ts-expect-error a route has no such key
    key: { mtch: 'GET /', reply },
    // @ts-expect-error nothing of that name is inherited anywhere
    without: { match: 'GET /', without: ['csrv'], reply },
  },
})

/** Without services no name of one is right. */
export const none = defineGateway({
  version: 1,
  // @ts-expect-error there is no service at all
  routes: { a: { match: 'GET /', service: 'users' } },
})
