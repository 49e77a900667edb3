// The nearest known word to a mistyped one.
import { editDistance } from '../../base/edit-distance.ts'

/** What nginx, Envoy, Kong and Traefik call what we call otherwise, in lower case; several where the place decides. */
const FOREIGN: ReadonlyMap<string, readonly string[]> = new Map([
  ['upstream', ['services', 'service']],
  ['upstreams', ['services', 'split']],
  ['cluster', ['services', 'service']],
  ['clusters', ['services', 'split']],
  ['weighted_clusters', ['split']],
  ['backend', ['services', 'service']],
  ['backends', ['services', 'endpoints', 'split']],
  ['proxy_pass', ['service']],
  ['proxypass', ['service']],
  ['server', ['listeners']],
  ['servers', ['endpoints', 'listeners']],
  ['listen', ['port', 'listeners']],
  ['entrypoints', ['listeners']],
  ['targets', ['endpoints']],
  ['nodes', ['endpoints']],
  ['urls', ['endpoints']],
  ['url', ['endpoints']],
  ['location', ['match', 'routes']],
  ['locations', ['routes']],
  ['routers', ['routes']],
  ['virtualhosts', ['routes']],
  ['virtual_hosts', ['routes']],
  ['paths', ['match']],
  ['prefix', ['match', 'path']],
  ['rule', ['match']],
  ['filters', ['policies']],
  ['middlewares', ['policies']],
  ['prefix_rewrite', ['rewrite']],
  ['regex_rewrite', ['rewrite']],
  ['add', ['append']],
  ['return', ['reply', 'redirect']],
  ['direct_response', ['reply']],
  ['respond', ['reply']],
  ['request_mirror_policies', ['mirror']],
  ['access_log', ['logs']],
  ['accesslog', ['logs']],
  ['worker_processes', ['workers']],
  ['max_connections', ['concurrency', 'connections']],
  ['retry_policy', ['retries']],
  ['connect_timeout', ['timeouts']],
  ['timeout', ['timeouts']],
])

/** The candidate that is at most a third of its length away, nearest first; undefined when none is near. */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined
  let least = Infinity
  const lower = word.toLowerCase()
  for (const candidate of candidates) {
    const allowed = Math.max(1, Math.floor(Math.max(word.length, candidate.length) / 3))
    if (Math.abs(word.length - candidate.length) > allowed) continue
    const edits = editDistance(lower, candidate.toLowerCase(), allowed)
    if (edits <= allowed && edits < least) {
      best = candidate
      least = edits
    }
  }
  return best
}

/** `; did you mean …?` when there is something near, else the list of what there is, as long as it is short. */
export function remedy(word: string, candidates: readonly string[], what: string, unlisted: readonly string[] = []): string {
  const near = suggest(word, [...candidates, ...unlisted]) ?? FOREIGN.get(word.toLowerCase())?.find((ours) => candidates.includes(ours))
  if (near !== undefined) return `; did you mean \`${near}\`?`
  if (candidates.length === 0 || candidates.length > 24) return ''
  return `; ${what}: ${candidates.map((c) => `\`${c}\``).join(', ')}`
}
