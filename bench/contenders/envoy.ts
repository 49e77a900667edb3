// Envoy with one worker thread, a router and nothing else.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Contender, Site } from '../contender.ts'
import { programOf, wheels } from '../fetched.ts'
import { versionOf } from '../process.ts'

const program = programOf(wheels.envoy)

export const envoy: Contender = {
  name: 'envoy',
  version: async () => {
    const version = await versionOf(program, ['--version'], /\d+\.\d+\.\d+/)
    return version === undefined ? undefined : `Envoy ${version}`
  },
  prepare: async (site) => {
    const file = join(site.folder, 'envoy.yaml')
    await writeFile(file, configuration(site))
    return { argv: [program, '-c', file, '--concurrency', '1', '--disable-hot-restart', '--log-level', 'warn'] }
  },
}

const configuration = (site: Site) => `
static_resources:
  listeners:
    - name: entry
      address: { socket_address: { address: 127.0.0.1, port_value: ${site.port} } }
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: entry
                generate_request_id: false
                route_config:
                  virtual_hosts:
                    - { name: all, domains: ["*"], routes: [{ match: { prefix: "/" }, route: { cluster: service } }] }
                http_filters:
                  - name: envoy.filters.http.router
                    typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
  clusters:
    - name: service
      type: STATIC
      connect_timeout: 1s
      circuit_breakers: { thresholds: [{ max_connections: 8192, max_pending_requests: 8192, max_requests: 8192 }] }
      load_assignment:
        cluster_name: service
        endpoints:
          - lb_endpoints:
              - endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ${site.upstreamPort} } } }
`
