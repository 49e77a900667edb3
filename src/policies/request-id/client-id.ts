// Which ids of clients are believed: one bounded token. Anything else could carry text of a client's choice into logs and traces.

/** Longer than any id in use: a UUID has 36 characters, a traceparent 55. */
const MAX_LENGTH = 128

/** RFC 9110 §5.6.2: visible ASCII without delimiters. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** True when `id` may stand for a request. The values of a repeated field come joined by ", " and so never do. */
export const isRequestId = (id: string): boolean => id.length <= MAX_LENGTH && TOKEN.test(id)
