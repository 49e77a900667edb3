// Every way in which a request can fail, as one closed table: a code without a status, a side and a retry rule does not compile.
// Only `serve/reply-fault.ts` turns a fault into a response.

/** Who caused it: the client, the gateway itself, or the service behind it. */
export type FaultSide = 'client' | 'gateway' | 'upstream'
/** Where on the request's way it showed. */
export type FaultStage = 'head' | 'route' | 'policy' | 'body' | 'queue' | 'connect' | 'response' | 'stream'
/** May another attempt be made: always (nothing was sent), only when a reused connection died before the answer, never. */
export type FaultRetry = 'always' | 'if-reused' | 'never'

/** One row of the fault table. `status` is what the client sees (0: nothing can be said any more); `flag` is the short mark in logs. */
export interface FaultRow {
  readonly status: number
  readonly side: FaultSide
  readonly stage: FaultStage
  readonly retry: FaultRetry
  readonly flag: string
  readonly title: string
}

const head = (status: number, title: string): FaultRow => ({ status, side: 'client', stage: 'head', retry: 'never', flag: 'BR', title })
const body = (status: number, title: string): FaultRow => ({ status, side: 'client', stage: 'body', retry: 'never', flag: 'BB', title })
const upstream = (status: number, stage: FaultStage, flag: string, title: string, retry: FaultRetry = 'never'): FaultRow => ({
  status,
  side: 'upstream',
  stage,
  retry,
  flag,
  title,
})

/** The table itself. Adding a code here is all that a new fault needs: status, log flag and problem type follow from it. */
export const faults = {
  // The request's head (wire policy 1–4, 6–8)
  bad_line_ending: head(400, 'A line of the request does not end in CR LF'),
  bad_control: head(400, 'The head of the request holds a control character'),
  tls_on_plain_port: head(400, 'This looks like TLS: plain HTTP is spoken here'),
  bad_request_line: head(400, 'The request line is malformed'),
  bad_version: head(505, 'This HTTP version is not spoken here'),
  bad_method: head(400, 'The method is not a token'),
  unknown_method: head(501, 'This method is not implemented here'),
  bad_target: head(400, 'The request target is malformed'),
  bad_path: head(400, 'The path is malformed or climbs above the root'),
  encoded_delimiter: head(400, 'The path holds an encoded delimiter that this route does not accept'),
  path_ambiguous: head(400, 'The path can be read in more than one way'),
  bad_host: head(400, 'The Host field is missing, repeated or malformed'),
  authority_mismatch: head(400, 'The request target names another authority than Host'),
  bad_field_name: head(400, 'A field name is not a token'),
  bad_field_value: head(400, 'A field value holds a control character'),
  bad_content_length: head(400, 'Content-Length is not one plain number'),
  conflicting_framing: head(400, 'Content-Length and Transfer-Encoding must not both be present'),
  bad_transfer_encoding: head(400, 'Transfer-Encoding is malformed'),
  unsupported_coding: head(501, 'This transfer coding is not implemented here'),
  bad_connection: head(400, 'Connection names a field that is not hop-by-hop'),
  bad_expect: head(400, 'Expect is not 100-continue'),
  bad_upgrade: head(400, 'The upgrade request is malformed or has a body'),
  target_too_long: head(414, 'The request target is too long'),
  head_too_large: head(431, 'The request head is too large'),
  too_many_fields: head(431, 'The request has too many fields'),
  head_timeout: { ...head(408, 'The request head did not arrive in time'), flag: 'HT' },
  // The request's body (wire policy 5)
  bad_chunk: body(400, 'The chunked body is malformed'),
  chunk_overhead: body(400, 'The chunked body is mostly framing'),
  bad_trailer: body(400, 'A trailer field is malformed or not allowed'),
  trailer_too_large: body(431, 'The trailer section is too large'),
  body_too_large: body(413, 'The body is larger than this route accepts'),
  body_timeout: { ...body(408, 'The body did not arrive in time'), flag: 'BT' },
  body_truncated: body(400, 'The body ended before its declared length'),
  client_closed: { ...body(499, 'The client closed the connection'), flag: 'CC' },
  write_timeout: { ...body(499, 'The client did not read its response in time'), flag: 'WT' },
  // Routing and policies
  no_route: { status: 404, side: 'client', stage: 'route', retry: 'never', flag: 'NR', title: 'No route matches this request' },
  method_not_allowed: {
    status: 405,
    side: 'client',
    stage: 'route',
    retry: 'never',
    flag: 'NM',
    title: 'The resource does not answer this method',
  },
  condition_failed: {
    status: 403,
    side: 'client',
    stage: 'route',
    retry: 'never',
    flag: 'NC',
    title: "The route's condition could not be decided",
  },
  origin_denied: {
    status: 403,
    side: 'client',
    stage: 'route',
    retry: 'never',
    flag: 'OD',
    title: 'Pages of this origin may not open a WebSocket here',
  },
  loop_detected: {
    status: 508,
    side: 'client',
    stage: 'route',
    retry: 'never',
    flag: 'LP',
    title: 'The request has passed through this gateway before',
  },
  refused: { status: 403, side: 'client', stage: 'policy', retry: 'never', flag: 'RF', title: 'A policy refused the request' },
  policy_failed: { status: 500, side: 'gateway', stage: 'policy', retry: 'never', flag: 'PF', title: 'A policy failed' },
  poisonous: {
    status: 503,
    side: 'gateway',
    stage: 'route',
    retry: 'never',
    flag: 'PO',
    title: 'Requests of this kind have ended a worker and are refused for now',
  },
  internal: { status: 500, side: 'gateway', stage: 'route', retry: 'never', flag: 'IE', title: 'The gateway failed' },
  // The way to the service
  overloaded: {
    status: 503,
    side: 'gateway',
    stage: 'queue',
    retry: 'never',
    flag: 'OV',
    title: 'Too many requests wait for this service',
  },
  no_endpoint: { status: 503, side: 'gateway', stage: 'connect', retry: 'never', flag: 'UH', title: 'The service has no endpoint' },
  ports_exhausted: {
    status: 503,
    side: 'gateway',
    stage: 'connect',
    retry: 'never',
    flag: 'EP',
    title: 'No local port or descriptor is left to reach the service',
  },
  upstream_unresolved: upstream(503, 'connect', 'UN', "The service's address could not be resolved", 'always'),
  upstream_refused: upstream(502, 'connect', 'UF', 'The service refused the connection', 'always'),
  upstream_connect_timeout: upstream(504, 'connect', 'UC', 'The service did not accept the connection in time', 'always'),
  upstream_reset: upstream(502, 'response', 'UR', 'The service closed the connection before it answered', 'if-reused'),
  upstream_reset_unsafe: upstream(
    502,
    'response',
    'UX',
    'The service closed a reused connection; the request is not idempotent and was not sent again',
  ),
  upstream_response_timeout: upstream(504, 'response', 'UT', 'The service did not answer in time'),
  upstream_deadline: upstream(504, 'response', 'UD', 'The deadline for all attempts has passed'),
  upstream_bad_head: upstream(502, 'response', 'UB', "The service's response head is malformed"),
  upstream_head_too_large: upstream(502, 'response', 'UB', "The service's response head is too large"),
  upstream_bad_framing: upstream(502, 'response', 'UB', "The service's response is framed in a way that cannot be trusted"),
  upstream_interim_flood: upstream(502, 'response', 'UB', 'The service sent too many interim responses'),
  upstream_bad_upgrade: upstream(502, 'response', 'UB', 'The service switched protocols without being asked, or wrongly'),
  upstream_unsolicited: upstream(502, 'response', 'UB', 'The service sent bytes that nobody had asked for', 'if-reused'),
  upstream_truncated: upstream(502, 'stream', 'UP', "The service's body ended before its declared length"),
  upstream_bad_chunk: upstream(502, 'stream', 'UB', "The service's chunked body is malformed"),
  upstream_stalled: upstream(504, 'stream', 'UI', 'The service stopped sending'),
  upstream_body_too_large: upstream(502, 'stream', 'UL', "The service's body is larger than a policy can read"),
  // Rules of the route for tunnels: a 101 has been sent, so that nothing more can be said in HTTP.
  tunnel_idle: {
    status: 0,
    side: 'gateway',
    stage: 'stream',
    retry: 'never',
    flag: 'TI',
    title: 'Nothing moved in the tunnel for too long',
  },
  tunnel_lifetime: {
    status: 0,
    side: 'gateway',
    stage: 'stream',
    retry: 'never',
    flag: 'TL',
    title: 'The tunnel has lived as long as it may',
  },
  draining: { status: 503, side: 'gateway', stage: 'stream', retry: 'never', flag: 'DR', title: 'The gateway is stopping' },
} as const satisfies Record<string, FaultRow>

/** The closed union of all faults. */
export type FaultCode = keyof typeof faults
