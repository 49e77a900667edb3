// How often each route has been asked for since the gateway started, read from its metrics.

/** `http_server_request_duration_seconds_count{…,http_route="product",…} 12` */
const COUNT = /^http_server_request_duration_seconds_count\{(.*)\} ([0-9.e+]+)$/gm
const ROUTE = /(?:^|,)http_route="((?:[^"\\]|\\.)*)"/

/** Requests by route, from the text of `/metrics`. */
export function routeHits(text: string): Map<string, number> {
  const hits = new Map<string, number>()
  for (const [, labels = '', count] of text.matchAll(COUNT)) {
    const route = ROUTE.exec(labels)?.[1]?.replaceAll(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char))
    if (route !== undefined) hits.set(route, (hits.get(route) ?? 0) + Number(count))
  }
  return hits
}
