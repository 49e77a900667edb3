// nginx, the reference: one worker, keep-alive to the upstream, no access log, no temporary files.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Contender, Site } from '../contender.ts'
import { routePath } from '../load/wrk.ts'
import { versionOf } from '../process.ts'

/** Plain forwarding; with `routes`, over as many prefix locations. */
export function nginx(name: string, routes?: number): Contender {
  return {
    name,
    ready: routePath(0),
    version: () => versionOf('nginx', ['-v'], /nginx\/[\d.]+/),
    prepare: async (site) => {
      await mkdir(join(site.folder, 'tmp'), { recursive: true })
      await writeFile(join(site.folder, 'nginx.conf'), configuration(site, routes))
      return { argv: ['nginx', '-p', site.folder, '-c', 'nginx.conf'] }
    },
  }
}

/** Started by root, nginx would drop to a user that may not read the benchmark's private folder. */
export const workerUser = process.getuid?.() === 0 ? 'user root;' : ''

const forward = `proxy_pass http://service; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;`

function locations(routes: number | undefined): string {
  if (routes === undefined) return `location / { ${forward} }`
  return Array.from({ length: routes }, (_, i) => `location ${routePath(i, '')} { ${forward} }`).join('\n    ')
}

const configuration = (site: Site, routes: number | undefined) => `
daemon off;
${workerUser}
worker_processes 1;
pid nginx.pid;
error_log stderr warn;
events { worker_connections 16384; }
worker_rlimit_nofile 20000;
http {
  access_log off;
  client_body_temp_path tmp/b; proxy_temp_path tmp/p; fastcgi_temp_path tmp/f; uwsgi_temp_path tmp/u; scgi_temp_path tmp/s;
  tcp_nodelay on;
  keepalive_timeout 1h;
  keepalive_requests 1000000000;
  client_body_buffer_size 64k;
  proxy_buffering on;
  proxy_max_temp_file_size 0;
  upstream service {
    server 127.0.0.1:${site.upstreamPort};
    keepalive 512;
    keepalive_requests 1000000000;
    keepalive_timeout 1h;
  }
  server {
    listen 127.0.0.1:${site.port} backlog=4096;
    ${locations(routes)}
  }
}
`
