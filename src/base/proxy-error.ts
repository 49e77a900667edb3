// What `Proxy-Status` (RFC 9209) calls each fault: the registered type, which says what kind of thing went wrong and names nothing inside.
import type { FaultCode } from './fault.ts'

/** Those of the registered proxy error types (RFC 9209 §2.3) that this gateway has a fault for. */
export type ProxyError =
  | 'connection_limit_reached'
  | 'connection_read_timeout'
  | 'connection_refused'
  | 'connection_terminated'
  | 'connection_timeout'
  | 'destination_not_found'
  | 'destination_unavailable'
  | 'dns_error'
  | 'http_protocol_error'
  | 'http_request_denied'
  | 'http_request_error'
  | 'http_response_body_size'
  | 'http_response_header_section_size'
  | 'http_response_incomplete'
  | 'http_response_timeout'
  | 'http_response_transfer_coding'
  | 'http_upgrade_failed'
  | 'proxy_internal_error'
  | 'proxy_internal_response'
  | 'proxy_loop_detected'

/** A fault without a type does not compile. */
export const proxyErrors = {
  bad_line_ending: 'http_request_error',
  bad_control: 'http_request_error',
  tls_on_plain_port: 'http_request_error',
  bad_request_line: 'http_request_error',
  // `http_request_error` is for 4xx (§2.3.24): these three are 501 and 505.
  bad_version: 'proxy_internal_response',
  unknown_method: 'proxy_internal_response',
  unsupported_coding: 'proxy_internal_response',
  bad_method: 'http_request_error',
  bad_target: 'http_request_error',
  bad_path: 'http_request_error',
  encoded_delimiter: 'http_request_error',
  path_ambiguous: 'http_request_error',
  bad_host: 'http_request_error',
  authority_mismatch: 'http_request_error',
  bad_field_name: 'http_request_error',
  bad_field_value: 'http_request_error',
  bad_content_length: 'http_request_error',
  conflicting_framing: 'http_request_error',
  bad_transfer_encoding: 'http_request_error',
  bad_connection: 'http_request_error',
  bad_expect: 'http_request_error',
  bad_upgrade: 'http_request_error',
  target_too_long: 'http_request_error',
  head_too_large: 'http_request_error',
  too_many_fields: 'http_request_error',
  head_timeout: 'http_request_error',
  bad_chunk: 'http_request_error',
  chunk_overhead: 'http_request_error',
  bad_trailer: 'http_request_error',
  trailer_too_large: 'http_request_error',
  body_too_large: 'http_request_error',
  body_timeout: 'http_request_error',
  body_truncated: 'http_request_error',
  client_closed: 'http_request_error',
  write_timeout: 'http_request_error',
  no_route: 'destination_not_found',
  method_not_allowed: 'http_request_error',
  condition_failed: 'http_request_denied',
  loop_detected: 'proxy_loop_detected',
  origin_denied: 'http_request_denied',
  refused: 'http_request_denied',
  policy_failed: 'proxy_internal_error',
  poisonous: 'proxy_internal_error',
  internal: 'proxy_internal_error',
  overloaded: 'connection_limit_reached',
  no_endpoint: 'destination_unavailable',
  ports_exhausted: 'proxy_internal_error',
  upstream_unresolved: 'dns_error',
  upstream_refused: 'connection_refused',
  upstream_connect_timeout: 'connection_timeout',
  upstream_reset: 'connection_terminated',
  upstream_reset_unsafe: 'connection_terminated',
  upstream_response_timeout: 'http_response_timeout',
  upstream_deadline: 'http_response_timeout',
  upstream_bad_head: 'http_protocol_error',
  upstream_head_too_large: 'http_response_header_section_size',
  upstream_bad_framing: 'http_protocol_error',
  upstream_interim_flood: 'http_protocol_error',
  upstream_bad_upgrade: 'http_upgrade_failed',
  upstream_unsolicited: 'http_protocol_error',
  upstream_truncated: 'http_response_incomplete',
  upstream_bad_chunk: 'http_response_transfer_coding',
  upstream_stalled: 'connection_read_timeout',
  upstream_body_too_large: 'http_response_body_size',
  tunnel_idle: 'connection_read_timeout',
  tunnel_lifetime: 'proxy_internal_response',
  draining: 'proxy_internal_response',
} as const satisfies Record<FaultCode, ProxyError>
