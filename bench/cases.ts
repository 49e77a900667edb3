// What is measured, and which contenders take part in it.
import type { Contender } from './contender.ts'
import { caddy } from './contenders/caddy.ts'
import { haproxy } from './contenders/haproxy.ts'
import { nginx } from './contenders/nginx.ts'
import { floor, httpProxy3, nodeUndici, replyFrom } from './contenders/node-rivals.ts'
import { tidegate, tidegateRoutes } from './contenders/tidegate.ts'
import type { Load } from './load/wrk.ts'

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
  caddy,
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

const rivals = ['haproxy', 'caddy', 'floor', 'node-undici', 'reply-from', 'http-proxy-3']
const proxies = [...rivals, 'tidegate-plain']
const small = { kind: 'get', path: '/products/42' } as const
const KIB = 1024

export const cases: readonly Case[] = [
  { name: 'plain', title: 'small JSON, plain forwarding', load: small, answer: 163, contenders: proxies },
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
    load: { kind: 'routes', count: 10, path: '/r00000/items/42' },
    answer: 163,
    contenders: ['nginx-routes-10000', 'tidegate-routes-10', 'tidegate-routes-10000'],
  },
  {
    name: 'routes-10000',
    title: 'small JSON, requests spread over 10,000 routes',
    load: { kind: 'routes', count: 10_000, path: '/r00000/items/42' },
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
