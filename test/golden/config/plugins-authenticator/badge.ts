import { defineAuthenticator } from 'tidegate/plugin'
import { z } from 'zod'

export default defineAuthenticator({
  name: 'badge',
  schema: z.strictObject({}),
  create: () => ({
    reads: { headers: ['x-badge'] },
    find: (call) => call.request.headers.get('x-badge'),
    prove: (badge) => (badge === 'gold' ? { identity: { id: 'gold' } } : { refused: 'unknown' }),
  }),
})
