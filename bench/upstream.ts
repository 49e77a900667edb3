// The service behind every contender: one nginx worker that answers from memory.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { workerUser } from './contenders/nginx.ts'
import { freePort, start, type Running } from './process.ts'

/** The small answer: 163 bytes of JSON. */
export const smallAnswer = JSON.stringify({
  id: 42,
  sku: 'TG-1042',
  name: 'Harbour lamp',
  price: { amount: '129.90', currency: 'EUR' },
  stock: { available: 17, warehouse: 'north-2' },
  tags: ['lamp', 'brass'],
})

export interface Upstream {
  readonly port: number
  readonly running: Running
}

/** Starts the upstream; `folder` should lie in memory. */
export async function startUpstream(folder: string, cores: string): Promise<Upstream> {
  const port = await freePort()
  await mkdir(join(folder, 'files'), { recursive: true })
  await writeFile(join(folder, 'files', '64k'), Buffer.alloc(64 * 1024, 'tidegate '))
  await writeFile(join(folder, 'files', '1m'), Buffer.alloc(1024 * 1024, 'tidegate '))
  await writeFile(join(folder, 'nginx.conf'), configuration(folder, port))
  const running = await start({ argv: ['nginx', '-p', folder, '-c', 'nginx.conf'] }, cores, join(folder, 'log'))
  return { port, running }
}

const configuration = (folder: string, port: number) => `
daemon off;
${workerUser}
worker_processes 1;
pid nginx.pid;
error_log stderr warn;
events { worker_connections 8192; }
http {
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
  tcp_nodelay on;
  sendfile on;
  open_file_cache max=16 inactive=1h;
  keepalive_timeout 1h;
  keepalive_requests 1000000000;
  client_body_buffer_size 64k;
  default_type application/json;
  upstream sink { server unix:${folder}/sink; keepalive 512; keepalive_requests 1000000000; keepalive_timeout 1h; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / { return 200 '${smallAnswer}'; }
    location /files/ { root ${folder}; default_type application/octet-stream; }
    # \`return\` answers before it has read the body. Behind \`proxy_pass\` the whole body is read first, as a service would.
    location /orders {
      proxy_pass http://sink;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Content-Length "";
      proxy_pass_request_body off;
    }
  }
  server {
    listen unix:${folder}/sink backlog=4096;
    location / { return 200 '${smallAnswer}'; }
  }
}
`
