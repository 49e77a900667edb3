// Reads the body of a request to the admin API: JSON, bounded, within the time that the server gives a request.
import type { IncomingMessage } from 'node:http'
import { type Answer, problem } from './answer.ts'

/** Bytes. */
const MOST = 1_048_576
/** Lists and maps inside of each other. What is done with a value goes down into it. */
const DEEPEST = 64

type Read = { readonly value: unknown } | { readonly refusal: Answer }

const TOO_LARGE: Read = { refusal: problem(413, 'body_too_large', `a body has at most ${MOST} bytes`) }
const NOT_JSON: Read = { refusal: problem(415, 'body_not_json', 'a body must be `application/json`') }
const MALFORMED: Read = { refusal: problem(400, 'body_malformed', 'the body is not JSON') }

const TOO_DEEP: Read = { refusal: problem(400, 'body_too_deep', `lists and maps of a body lie at most ${DEEPEST} deep`) }

/** The value; undefined for no body; or what to answer instead, while the rest of the body flows past unread. */
export async function readBody(request: IncomingMessage): Promise<Read> {
  const length = Number(request.headers['content-length'] ?? 0)
  if (length === 0 && request.headers['transfer-encoding'] === undefined) return { value: undefined }
  // A form, which any page may send without being asked first, never is JSON.
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase()
  const refusal = length > MOST ? TOO_LARGE : type === 'application/json' ? undefined : NOT_JSON
  if (refusal !== undefined) {
    request.resume()
    return refusal
  }
  const bytes = await collect(request)
  if (bytes === undefined) return TOO_LARGE
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    if (text === '') return { value: undefined }
    const value = JSON.parse(text) as unknown
    return isDeep(text) ? TOO_DEEP : { value }
  } catch {
    return MALFORMED
  }
}

/** Counts brackets outside of strings. `text` is JSON. */
function isDeep(text: string): boolean {
  let depth = 0
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
    if (token === '[' || token === '{') depth++
    else if (token === ']' || token === '}') depth--
    if (depth > DEEPEST) return true
  }
  return false
}

/** undefined for more than there may be. One that is cut short is what came of it: nobody waits for the answer. */
function collect(request: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    let parts: Buffer[] | undefined = []
    let size = 0
    request.on('data', (part: Buffer) => {
      size += part.length
      if (size > MOST && parts !== undefined) {
        parts = undefined
        resolve(undefined)
      }
      parts?.push(part)
    })
    request.on('close', () => resolve(Buffer.concat(parts ?? [])))
    request.on('end', () => resolve(Buffer.concat(parts ?? [])))
  })
}
