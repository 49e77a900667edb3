// Proxies in Node as one would build them from what npm offers, and a forwarder of bare bytes as the floor.
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Contender } from '../contender.ts'

/** No HTTP at all: what two sockets of `node:net` and a copy cost. */
export const floor = script('floor', 'floor.ts', undefined)
export const nodeUndici = script('node-undici', 'node-undici.ts', 'undici')
export const replyFrom = script('reply-from', 'reply-from.ts', '@fastify/reply-from')
export const httpProxy3 = script('http-proxy-3', 'http-proxy-3.ts', 'http-proxy-3')

function script(name: string, file: string, dependency: string | undefined): Contender {
  return {
    name,
    version: async () => {
      const node = `Node ${process.versions.node}`
      return dependency === undefined ? node : `${dependency} ${await installed(dependency)}, ${node}`
    },
    prepare: async (site) => ({
      argv: [process.execPath, fileURLToPath(new URL(`../rivals/${file}`, import.meta.url))],
      env: { PORT: String(site.port), UPSTREAM_PORT: String(site.upstreamPort), NODE_ENV: 'production' },
    }),
  }
}

async function installed(dependency: string): Promise<string> {
  // Not every package exports its package.json: walk up from its entry to the one that carries its name.
  let folder = new URL('.', import.meta.resolve(dependency))
  for (;;) {
    const manifest = await readFile(new URL('package.json', folder), 'utf8').catch(() => '{}')
    const { name, version } = JSON.parse(manifest) as { name?: string; version?: string }
    if (name === dependency && version !== undefined) return version
    const parent = new URL('..', folder)
    if (parent.href === folder.href) return 'of unknown version'
    folder = parent
  }
}
