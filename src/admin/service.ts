// The way of a request to the admin API: gate → operation → caller → body → operation's own work → answer. Nothing here waits for a worker.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { type Answer, problem } from './answer.ts'
import type { Audit } from './audit.ts'
import { readBody } from './body.ts'
import { keepConnection } from './connections.ts'
import type { Failures } from './failures.ts'
import { refusalOf, type Where } from './gate.ts'
import type { Access, Operation } from './operation.ts'
import { bearerOf, type Caller, hashOf, suffices, type Tokens } from './tokens.ts'

export interface AdminServiceOptions {
  readonly operations: readonly Operation[]
  /** The tokens in force. */
  readonly tokens: () => Tokens
  readonly failures: Failures
  readonly audit: Audit
  /** Monotonic milliseconds. */
  readonly now: () => number
  /** Told of an operation that threw. */
  readonly failed: (operation: string, error: unknown) => void
}

const ANONYMOUS: Caller = { name: 'anonymous', role: 'viewer' }
const NO_BROWSER_GUESSES = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
}

/** Answers requests of one port. `where` is asked at each request. */
export function adminListener(options: AdminServiceOptions, where: () => Where): RequestListener {
  const find = finder(options.operations)
  return (request, response) => {
    void answerOf(request, find, options, where()).then((answer) => send(request, response, answer))
  }
}

/** The same without gate and callers, for the few operations that everybody may ask for. */
export function openListener(operations: readonly Operation[], failed: AdminServiceOptions['failed']): RequestListener {
  const find = finder(operations)
  return (request, response) => {
    const { path, query } = targetOf(request)
    const found = find(request.method ?? '', path)
    const answer =
      'refusal' in found
        ? found.refusal
        : perform(found.operation, { query, fields: request.headers, body: undefined, who: 'anonymous' }, failed)
    request.resume()
    void Promise.resolve(answer).then((one) => send(request, response, one))
  }
}

async function answerOf(request: IncomingMessage, find: Find, options: AdminServiceOptions, where: Where): Promise<Answer> {
  const stranger = refusalOf(request, where)
  if (stranger !== undefined) return problem(403, stranger.code, stranger.detail)
  const { path, query } = targetOf(request)
  const found = find(request.method ?? '', path)
  if ('refusal' in found) return found.refusal
  const { operation } = found
  const from = 'socket' in where ? 'the socket' : addressOf(request)
  const caller = judge(request.headers.authorization, operation, from, options, 'socket' in where)
  if ('refusal' in caller) return caller.refusal
  if (caller !== ANONYMOUS) keepConnection(request.socket)
  const body = operation.method === 'POST' ? await readBody(request) : { value: undefined }
  const call = 'value' in body ? { query, fields: request.headers, body: body.value, who: caller.name } : undefined
  const answer = call === undefined ? (body as { refusal: Answer }).refusal : await perform(operation, call, options.failed)
  if (operation.access === 'operator' || operation.access === 'issuer')
    options.audit.acted(caller, operation.id, from, answer.status, answer.result ?? '')
  return answer
}

async function perform(
  operation: Operation,
  call: Parameters<Operation['handle']>[0],
  failed: AdminServiceOptions['failed'],
): Promise<Answer> {
  try {
    return await operation.handle(call)
  } catch (error) {
    failed(operation.id, error)
    return problem(500, 'internal', 'the gateway failed to answer; its log says more')
  }
}

function judge(
  authorization: string | undefined,
  { id, access }: Operation,
  from: string,
  { tokens, failures, audit, now }: AdminServiceOptions,
  onSocket: boolean,
): Caller | { readonly refusal: Answer } {
  if (authorization === undefined)
    return isOpen(access, onSocket) ? ANONYMOUS : { refusal: unauthorized('token_missing', 'this takes a bearer token') }
  const token = bearerOf(authorization)
  const wait = failures.wait(from, now())
  // Whose token was right before, or cannot be guessed, goes on, however many wrong ones somebody else on its machine tries.
  if (wait > 0 && (token === undefined || !tokens().isHeard(hashOf(token)))) {
    audit.refused('too many wrong tokens', id, from)
    return { refusal: problem(429, 'too_many_failures', 'too many wrong tokens from this address', {}, { 'retry-after': String(wait) }) }
  }
  const caller = token === undefined ? undefined : tokens().find(token)
  if (caller === undefined) {
    failures.add(from, now())
    audit.refused('wrong token', id, from)
    return { refusal: unauthorized('token_wrong', 'this token is not known here') }
  }
  const wanted = access === 'probe' || access === 'local' ? 'viewer' : access
  if (suffices(caller.role, wanted)) return caller
  audit.refused(`${caller.name} is a ${caller.role}`, id, from)
  return { refusal: problem(403, 'role_insufficient', `this takes the role \`${wanted}\`; \`${caller.name}\` is a ${caller.role}`) }
}

const isOpen = (access: Access, onSocket: boolean): boolean => access === 'probe' || (access === 'local' && !onSocket)

/** RFC 6750 §3. */
const unauthorized = (code: string, detail: string): Answer =>
  problem(
    401,
    code,
    detail,
    {},
    { 'www-authenticate': `Bearer realm="tidegate"${code === 'token_wrong' ? ', error="invalid_token"' : ''}` },
  )

type Find = (method: string, path: string) => { readonly operation: Operation } | { readonly refusal: Answer }

function finder(operations: readonly Operation[]): Find {
  const paths = Map.groupBy(operations, ({ path }) => path)
  return (method, path) => {
    const here = paths.get(path)
    if (here === undefined) return { refusal: problem(404, 'not_found', 'there is nothing here; GET /openapi.json lists what there is') }
    const operation = here.find((one) => one.method === (method === 'HEAD' ? 'GET' : method))
    if (operation !== undefined) return { operation }
    const allow = here.map((one) => (one.method === 'GET' ? 'GET, HEAD' : one.method)).join(', ')
    return { refusal: problem(405, 'method_not_allowed', `this takes ${allow}`, {}, { allow }) }
  }
}

/** Only the origin form is taken (RFC 9112 §3.2.1); anything else is a path that nothing has. */
function targetOf({ url = '' }: IncomingMessage): { path: string; query: URLSearchParams } {
  const mark = url.indexOf('?')
  return mark === -1
    ? { path: url, query: new URLSearchParams() }
    : { path: url.slice(0, mark), query: new URLSearchParams(url.slice(mark + 1)) }
}

const addressOf = ({ socket }: IncomingMessage): string => (socket.remoteAddress ?? 'nowhere').replace(/^::ffff:/, '')

function send(request: IncomingMessage, response: ServerResponse, { status, type, fields, body }: Answer): void {
  // What is left of a body flows past, so that the answer is not lost to a reset.
  request.resume()
  const length = String(Buffer.byteLength(body))
  response.writeHead(status, { ...NO_BROWSER_GUESSES, ...fields, 'content-type': type, 'content-length': length })
  response.end(request.method === 'HEAD' ? undefined : body)
}
