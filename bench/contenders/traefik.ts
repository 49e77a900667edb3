// Traefik with one processor for Go's scheduler, one router and one service from files.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Contender, Site } from '../contender.ts'
import { programOf, wheels } from '../fetched.ts'
import { versionOf } from '../process.ts'

const program = programOf(wheels.traefik)

export const traefik: Contender = {
  name: 'traefik',
  version: async () => {
    const version = await versionOf(program, ['version'], /\d+\.\d+\.\d+/)
    return version === undefined ? undefined : `Traefik ${version}`
  },
  prepare: async (site) => {
    const routes = join(site.folder, 'routes.yaml')
    const file = join(site.folder, 'traefik.yaml')
    await writeFile(routes, dynamic(site))
    await writeFile(file, fixed(site, routes))
    return { argv: [program, `--configFile=${file}`], env: { GOMAXPROCS: '1' } }
  },
}

const fixed = (site: Site, routes: string) => `
global: { checkNewVersion: false, sendAnonymousUsage: false }
log: { level: ERROR }
entryPoints:
  entry: { address: "127.0.0.1:${site.port}" }
serversTransport: { maxIdleConnsPerHost: 512 }
providers:
  file: { filename: ${routes}, watch: false }
`

const dynamic = (site: Site) => `
http:
  routers:
    all: { rule: "PathPrefix(\`/\`)", service: service, entryPoints: [entry] }
  services:
    service: { loadBalancer: { servers: [{ url: "http://127.0.0.1:${site.upstreamPort}" }] } }
`
