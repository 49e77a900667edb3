// The exchange that telemetry's tests and docs/access-log.md show, with whatever a test wants different about it.
import { HeaderMap } from '../../src/http/fields.ts'
import type { Fields } from '../../src/http/message.ts'
import type { CallView } from '../../src/observe/call-view.ts'
import { newOutcome, type Outcome } from '../../src/observe/outcome.ts'

export interface ExampleCall {
  method?: string
  host?: string
  path?: string
  query?: string
  fields?: Fields
  client?: string
  peer?: string
  id?: string
  route?: string
}

/** 2026-01-02T03:04:05.678Z: when the example ended. */
export const EXAMPLE_WALL = Date.UTC(2026, 0, 2, 3, 4, 5, 678)

export function exampleCall(given: ExampleCall = {}): CallView {
  const {
    method = 'GET',
    host = 'shop.example:8080',
    path = '/products/42',
    query = 'page=2&access_token=s3cret',
    fields = ['user-agent', 'curl/8.9.1', 'referer', 'https://shop.example/list?page=2'],
    client = '203.0.113.7',
    peer = '10.0.0.5',
    id = '4f0c9e2d7b61a8350d2e94c17f6ab38e',
    route = 'product',
  } = given
  const head = {
    method,
    scheme: 'http' as const,
    authority: host,
    path,
    query,
    fields,
    bodyLength: 0,
    upgrade: false,
    expectContinue: false,
    wantsTrailers: false,
  }
  return {
    request: { method, scheme: 'http', host, path, query, headers: new HeaderMap(fields), bodyLength: 0, head },
    client: { address: client, peer, trusted: client !== peer },
    trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', parentId: '', flags: '01' },
    id,
    routeName: route,
    startedAt: 1_000,
    param: () => undefined,
    get: () => undefined,
    set: () => undefined,
  }
}

export function exampleOutcome(given: Partial<Outcome> = {}): Outcome {
  return {
    ...newOutcome(),
    status: 200,
    requestBytes: 214,
    responseBytes: 381,
    duration: 12.3456,
    queue: 0.021,
    firstByte: 11.802,
    transfer: 0.34,
    service: 'catalog',
    endpoint: 'http://127.0.0.1:7101',
    attempts: 1,
    ...given,
  }
}
