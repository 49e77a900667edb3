// What is measured, and which contenders take part in it.
import type { Contender } from './contender.ts'
import { caddy } from './contenders/caddy.ts'
import { envoy } from './contenders/envoy.ts'
import { haproxy } from './contenders/haproxy.ts'
import { nginx } from './contenders/nginx.ts'
import { floor, httpProxy3, nodeUndici, replyFrom } from './contenders/node-rivals.ts'
import { tidegate, tidegateRoutes } from './contenders/tidegate.ts'
import { traefik } from './contenders/traefik.ts'
import { routePath, type Load } from './load/wrk.ts'

/** The contender that every other is divided by, in the same round. */
export const reference = 'nginx'

export interface Case {
  readonly name: string
  readonly title: string
  readonly load: Load
  /** Bytes of a complete answer's body. */
  readonly answer: number
  /** Names of contenders, the reference aside. */
  readonly contenders: readonly string[]
}

export const contenders: readonly Contender[] = [
  nginx(reference),
  haproxy,
  envoy,
  caddy,
  traefik,
  floor,
  nodeUndici,
  replyFrom,
  httpProxy3,
  tidegate('plain'),
  tidegate('full'),
  tidegate('pipelining'),
  nginx('nginx-routes-10000', 10_000),
  tidegateRoutes(10),
  tidegateRoutes(10_000),
]

const rivals = ['haproxy', 'envoy', 'caddy', 'traefik', 'floor', 'node-undici', 'reply-from', 'http-proxy-3']
const proxies = [...rivals, 'tidegate-plain']
const small = { kind: 'get', path: '/products/42' } as const
const KIB = 1024

/** What a browser sends with a fetch, 1 KiB in 17 fields: wrk alone sends nothing but Host. */
const browserHead = {
  'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  Accept: 'application/json, text/plain, */*',
  'Accept-Language': 'en-GB,en;q=0.9,de;q=0.8',
  'Accept-Encoding': 'gzip, deflate, br, zstd',
  'Cache-Control': 'no-cache',
  Pragma: 'no-cache',
  Origin: 'https://app.test',
  Referer: 'https://app.test/products?page=3&sort=price&filter=brass',
  'Sec-Ch-Ua': '"Chromium";v="142", "Not_A Brand";v="99"',
  'Sec-Ch-Ua-Mobile': '?0',
  'Sec-Ch-Ua-Platform': '"Linux"',
  'Sec-Fetch-Dest': 'empty',
  'Sec-Fetch-Mode': 'cors',
  'Sec-Fetch-Site': 'same-site',
  Priority: 'u=1, i',
  Cookie: `theme=dark; consent=essential; session=${'c2Vzc2lvbi1pZC1'.repeat(16)}`,
  Authorization: `Bearer ${'ZXlKaGJHY2lPaU'.repeat(16)}`,
}

export const cases: readonly Case[] = [
  { name: 'plain', title: 'small JSON, plain forwarding', load: small, answer: 163, contenders: proxies },
  {
    name: 'browser',
    title: 'small JSON, plain forwarding, asked for with the head of a browser',
    load: { ...small, headers: browserHead },
    answer: 163,
    contenders: proxies,
  },
  {
    name: 'full',
    title: 'small JSON, the full set of policies against nginx without any',
    load: { ...small, headers: { Origin: 'https://app.test' } },
    answer: 163,
    contenders: ['tidegate-full'],
  },
  { name: 'pipelining', title: 'small JSON, upstream pipelining', load: small, answer: 163, contenders: ['tidegate-pipelining'] },
  { name: '64k', title: '64 KiB answers', load: { kind: 'get', path: '/files/64k' }, answer: 64 * KIB, contenders: proxies },
  { name: '1m', title: '1 MiB answers, streamed', load: { kind: 'get', path: '/files/1m' }, answer: KIB * KIB, contenders: proxies },
  {
    name: 'routes-10',
    title: 'small JSON, requests spread over 10 routes',
    load: { kind: 'routes', count: 10, path: routePath(0) },
    answer: 163,
    contenders: ['nginx-routes-10000', 'tidegate-routes-10', 'tidegate-routes-10000'],
  },
  {
    name: 'routes-10000',
    title: 'small JSON, requests spread over 10,000 routes',
    load: { kind: 'routes', count: 10_000, path: routePath(0) },
    answer: 163,
    contenders: ['nginx-routes-10000', 'tidegate-routes-10000'],
  },
  {
    name: 'post',
    title: 'POST with 16 KiB, small JSON back',
    load: { kind: 'post', count: 16 * KIB, path: '/orders' },
    answer: 163,
    contenders: proxies,
  },
]
