// nginx as the system has it, as a program to start: serves the files of one folder, with ranges, conditions and compression.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Writes a configuration into `folder` and returns nginx's arguments. It logs `STATUS METHOD TARGET BYTES` a request to `access.log` there. */
export function nginx(folder: string, files: string, port: number): readonly string[] {
  mkdirSync(join(folder, 'temp'), { recursive: true })
  const config = join(folder, 'nginx.conf')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${folder}/temp/${kind};`)
    .join('\n  ')
  writeFileSync(
    config,
    // As root it would read the files as another user, who may not.
    `${process.getuid?.() === 0 ? 'user root;\n' : ''}daemon off;
pid ${folder}/nginx.pid;
error_log stderr warn;
worker_processes 1;
events { worker_connections 256; }
http {
  ${temporary}
  include /etc/nginx/mime.types;
  log_format short '$status $request_method $request_uri $body_bytes_sent';
  access_log ${folder}/access.log short;
  gzip on;
  # nginx does not compress for who says Via, unless told to.
  gzip_proxied any;
  gzip_min_length 200;
  gzip_types text/css application/javascript;
  # So that a browser asks again, and gets 304.
  add_header cache-control no-cache;
  server {
    listen 127.0.0.1:${port};
    root ${files};
  }
}
`,
  )
  return ['-c', config, '-p', folder]
}
