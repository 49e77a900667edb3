// Options of the policy `request-id`.
import { z } from 'zod'
import { headerName } from '../../pipeline/header-name.ts'

export const schema = z.strictObject({
  header: headerName().default('x-request-id').describe('text: the field that carries the id to the service and back to the client'),
})
