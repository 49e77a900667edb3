// Where clients come in, and who they are believed to be.
import { z } from 'zod'
import { readBindAddress, readCidr } from './addresses.ts'
import { integer, named, parsed } from './fields.ts'
import { later, laterValue, plain } from './marks.ts'

const protocol = laterValue(plain(z.enum(['http1']).describe('text: a protocol that is spoken there')), {
  h2c: 'HTTP/2 comes in a later release; leave `http1`',
  h2: 'HTTP/2 comes in a later release; leave `http1`',
  http2: 'HTTP/2 comes in a later release; leave `http1`',
})

const listener = later(
  z
    .strictObject({
      port: integer(0, 65_535, 'the TCP port; 0 takes any free one'),
      address: plain(
        parsed(readBindAddress, /^[0-9a-fA-F.:[\]]+$/, 'the address to bind; all of them, IPv4 and IPv6, when left out'),
      ).optional(),
      protocols: z
        .array(protocol)
        .min(1, { error: 'names at least one protocol' })
        .describe('what is spoken there (default [http1])')
        .optional(),
    })
    .describe('One address that clients connect to.'),
  {
    tls: 'TLS for clients comes in a later release; until then put a TLS terminator in front',
    origin: 'nothing needs it before authentication comes; a redirect to a path of this host goes out as a path',
  },
)

export const listeners = named(listener, 'Where clients connect, by name. `web: { port: 8080 }` when left out.')

export const client = z
  .strictObject({
    from: laterValue(
      plain(z.enum(['connection', 'x-forwarded-for', 'forwarded']).describe('text: the one source that is believed (default connection)')),
      { 'proxy-protocol': 'the PROXY protocol comes in a later release' },
    ).optional(),
    trusted: z
      .array(plain(parsed(readCidr, /^[0-9a-fA-F.:]+(\/[0-9]{1,3})?$/, 'an address or a block of them')))
      .describe('The proxies in front whose word is believed.')
      .optional(),
  })
  .describe('Who the client is: one source, believed only from these peers.')

export type ListenerInput = z.output<typeof listener>
