// The `combined` format: `common`, then the referrer and the user agent.
import { getField } from '../../http/fields.ts'
import { commonLine } from './common.ts'
import type { AccessLogOptions, Encoder } from './encoder.ts'
import { escapeQuoted } from './escape.ts'
import { createRedactor, REDACTED } from './redact.ts'

/** Encodes as combined log format. A referrer is a URL, so its secrets are masked as the request's own are. */
export function compileCombined(options: AccessLogOptions): Encoder {
  const common = commonLine(options)
  const redact = createRedactor(options.redact.query)
  const hideReferer = options.redact.headers.includes('referer')
  const hideAgent = options.redact.headers.includes('user-agent')
  return (call, outcome, wallTime) => {
    const { fields } = call.request.head
    const referer = getField(fields, 'referer')
    const agent = getField(fields, 'user-agent')
    const shownReferer = referer === undefined ? '-' : hideReferer ? REDACTED : escapeQuoted(redact.url(referer))
    const shownAgent = agent === undefined ? '-' : hideAgent ? REDACTED : escapeQuoted(agent)
    return `${common(call, outcome, wallTime)} "${shownReferer}" "${shownAgent}"\n`
  }
}
