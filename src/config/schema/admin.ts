// The gateway's own ports: the admin API, and the one for probes.
import { z } from 'zod'
import { readBindAddress } from './addresses.ts'
import { file, flag, integer, name, parsed } from './fields.ts'
import { later, plain } from './marks.ts'

const BIND = /^[0-9a-fA-F.:[\]]+$/
const HASH = /^sha256:[0-9a-fA-F]{64}$/

const token = z
  .strictObject({
    name: name('who has it; it stands in the log beside what was done'),
    hash: z
      .string()
      .regex(HASH, { error: 'must be `sha256:` and the 64 hex digits of the SHA-256 of a token, never the token itself' })
      .describe('text: SHA-256 of the token: `sha256:` and 64 hex digits'),
    role: plain(
      z
        .enum(['viewer', 'operator', 'issuer'])
        .describe('text: viewer reads, operator also reloads and takes out of service, issuer also hands out credentials'),
    ),
  })
  .describe('One token.')

export const admin = later(
  z
    .strictObject({
      address: plain(parsed(readBindAddress, BIND, 'the address to bind, of the loopback interface (default 127.0.0.1)')).optional(),
      port: integer(0, 65_535, 'the TCP port (default 9901); 0 takes any free one').optional(),
      socket: file('the path of a socket, in place of address and port; relative ones lie under `state`').optional(),
      tokens: z
        .array(token)
        .min(1, { error: 'names at least one token; left out, a random one is kept under `state`' })
        .describe('Who may call, in place of the random token.')
        .optional(),
    })
    .describe('Where the admin API listens, and who may call it.'),
  { tls: 'TLS for the admin API comes in a later release; bind the loopback interface or a socket' },
)

export const probes = z
  .strictObject({
    port: integer(0, 65_535, 'the TCP port; 0 takes any free one'),
    address: plain(parsed(readBindAddress, BIND, 'the address to bind; all of them, IPv4 and IPv6, when left out')).optional(),
    metrics: plain(flag('serve /metrics as well (default false)')).optional(),
  })
  .describe('A port for kubelets and scrapers: livez, readyz and, if said, metrics; nothing else.')
