// HAProxy with one thread; connections to the upstream are shared as its default `http-reuse safe` allows.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Contender, Site } from '../contender.ts'
import { versionOf } from '../process.ts'

export const haproxy: Contender = {
  name: 'haproxy',
  version: () => versionOf('haproxy', ['-v'], /HAProxy version [\d.]+/),
  prepare: async (site) => {
    const file = join(site.folder, 'haproxy.cfg')
    await writeFile(file, configuration(site))
    return { argv: ['haproxy', '-db', '-f', file] }
  },
}

const configuration = (site: Site) => `
global
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 1h
  timeout server 1h
frontend entry
  bind 127.0.0.1:${site.port} backlog 4096
  default_backend service
backend service
  server one 127.0.0.1:${site.upstreamPort} pool-max-conn 512
`
