// What an operation answers, before it is written: status, content type, further fields and a body.

export interface Answer {
  readonly status: number
  readonly type: string
  readonly fields: Readonly<Record<string, string>>
  readonly body: string
  /** One word for the audit log: `switched`, `refused`. */
  readonly result?: string
}

/** JSON with a line feed at its end, for whoever reads it in a terminal. */
export function json(status: number, value: unknown, fields: Answer['fields'] = {}, type = 'application/json'): Answer {
  return { status, type, fields, body: `${JSON.stringify(value, undefined, 2)}\n` }
}

export const text = (status: number, type: string, body: string): Answer => ({ status, type, fields: {}, body })

/** What further members a problem has (RFC 9457 §3.2). */
type Members = Readonly<Record<string, unknown>>

/** An error as RFC 9457 writes it. `code` is what a program looks at, `detail` a sentence for eyes. */
export function problem(status: number, code: string, detail: string, members: Members = {}, fields: Answer['fields'] = {}): Answer {
  const value = { type: 'about:blank', title: TITLES.get(status) ?? 'Error', status, detail, code, ...members }
  return { ...json(status, value, fields, 'application/problem+json'), result: code }
}

const TITLES: ReadonlyMap<number, string> = new Map([
  [400, 'Bad Request'],
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [404, 'Not Found'],
  [405, 'Method Not Allowed'],
  [409, 'Conflict'],
  [412, 'Precondition Failed'],
  [413, 'Content Too Large'],
  [415, 'Unsupported Media Type'],
  [422, 'Unprocessable Content'],
  [429, 'Too Many Requests'],
  [500, 'Internal Server Error'],
  [501, 'Not Implemented'],
  [503, 'Service Unavailable'],
])
