// Caddy with one processor for Go's scheduler, and with nothing but the reverse proxy.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Contender, Site } from '../contender.ts'
import { versionOf } from '../process.ts'

export const caddy: Contender = {
  name: 'caddy',
  version: async () => {
    const version = await versionOf('caddy', ['version'], /[\d.]+/)
    return version === undefined ? undefined : `Caddy ${version}`
  },
  prepare: async (site) => {
    const file = join(site.folder, 'Caddyfile')
    await writeFile(file, configuration(site))
    const home = { HOME: site.folder, XDG_DATA_HOME: site.folder, XDG_CONFIG_HOME: site.folder }
    return { argv: ['caddy', 'run', '--adapter', 'caddyfile', '--config', file], env: { GOMAXPROCS: '1', ...home } }
  },
}

const configuration = (site: Site) => `{
  admin off
  auto_https off
}
http://127.0.0.1:${site.port} {
  bind 127.0.0.1
  reverse_proxy 127.0.0.1:${site.upstreamPort} {
    transport http {
      keepalive_idle_conns 512
      keepalive_idle_conns_per_host 512
    }
  }
}
`
