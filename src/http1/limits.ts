// The limits of the codec that nobody configures, each with its reason; the others come with the snapshot (`limits:`).

/** Interim responses for one request (wire policy 12): more is a flood. */
export const INTERIM_MAX = 10
/** Chunk-size digits: 16 are 64 bits; more are free bytes for an attacker. */
export const CHUNK_DIGITS_MAX = 16
/** One chunk extension section: real ones are absent or a signature (AWS: 85 bytes). */
export const CHUNK_EXTENSION_MAX = 256
/** Framing of a chunked body beyond what its data justify (16 bytes a chunk + 2 × data): R19's drip of extensions ends here. */
export const CHUNK_OVERHEAD_MAX = 16_384
/** A service's head may be larger than a client's: cookies and policies are long. */
export const RESPONSE_HEAD_MAX = 65_536
/** Fields of a service's head. */
export const RESPONSE_FIELDS_MAX = 256
/** What a client may send ahead while its current request is answered; reading pauses above. */
export const HELD_MAX = 65_536
/** After a fault: what is read and dropped so that the client gets to see the answer before a reset (wire policy 10). */
export const DRAIN_BYTES = 65_536
export const DRAIN_MS = 1_000
/** A body that must not be there (HEAD, 204, 304) shows within this time, and ends the socket (wire policy 9). */
export const REST_MS = 100
/** Requests that are not idempotent only go on sockets that were idle for less (wire policy 9). */
export const FRESH_MS = 1_000
/** An Expect is given this long for its 100 before the body is sent anyway. */
export const EXPECT_MS = 1_000
/** Bodies up to this size share one write, and one string, with their head. */
export const JOIN_MAX = 8_192
