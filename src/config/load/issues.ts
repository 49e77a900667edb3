// What zod found, in our words: a sentence with the right form, about the place that it belongs to.
import type { core } from 'zod'
import { remedy } from './suggest.ts'

type Issue = core.$ZodIssue

/** Path below the value that was judged, and the sentence. */
export interface Told {
  readonly steps: readonly PropertyKey[]
  readonly message: string
}

/** zod's own sentences begin with one of these words; a schema's own message does not. */
const STOCK = /^(?:Invalid|Too (?:small|big)|Unrecognized|Expected|Required)\b/

export function tell(issue: Issue): Told[] {
  if (isMissing(issue)) {
    const steps = issue.path.slice(0, -1)
    return [{ steps, message: `\`${String(issue.path.at(-1))}\` is missing` }]
  }
  if (issue.code === 'invalid_union' && STOCK.test(issue.message)) return tellUnion(issue)
  return [{ steps: issue.path, message: STOCK.test(issue.message) ? sentence(issue) : issue.message }]
}

const isMissing = (issue: Issue): boolean =>
  'input' in issue && issue.input === undefined && issue.code !== 'custom' && issue.path.length > 0

/** Of the alternatives, the one that took the value's shape and stumbled inside it tells most. */
function tellUnion(issue: Issue & { code: 'invalid_union' }): Told[] {
  const branches = issue.errors as readonly Issue[][]
  const inside = branches.find(
    (branch) => branch.length > 0 && branch.every((each) => each.path.length > 0 || each.code !== 'invalid_type'),
  )
  if (inside !== undefined) return inside.flatMap(tell).map((told) => ({ ...told, steps: [...issue.path, ...told.steps] }))
  const wanted = [...new Set(branches.flat().map((each) => sentence(each).replace(/^must be /, '')))]
  return [{ steps: issue.path, message: `must be ${wanted.join(', or ')}` }]
}

function sentence(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${TYPES[issue.expected] ?? issue.expected}`
    case 'invalid_value': {
      const known = issue.values.map(String)
      const shown = typeof issue.input === 'string' ? `\`${issue.input}\` is not known here` : 'is not known here'
      const only = known.length === 1 ? `; it can only be \`${known[0]}\`` : ''
      return shown + (remedy(typeof issue.input === 'string' ? issue.input : '', known, 'it is one of') || only)
    }
    case 'too_small':
      return `must be ${issue.inclusive === false ? 'more than' : 'at least'} ${amount(issue.origin, Number(issue.minimum))}`
    case 'too_big':
      return `must be ${issue.inclusive === false ? 'less than' : 'at most'} ${amount(issue.origin, Number(issue.maximum))}`
    case 'invalid_key':
      return `\`${String(issue.path.at(-1))}\` cannot stand here: ${issue.issues.map((each) => (STOCK.test(each.message) ? sentence(each) : each.message)).join('; ')}`
    case 'unrecognized_keys':
      return `unknown key ${issue.keys.map((key) => `\`${key}\``).join(', ')}`
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`
    default:
      return `${issue.message.charAt(0).toLowerCase()}${issue.message.slice(1)}`
  }
}

function amount(origin: string, n: number): string {
  if (origin === 'string') return n === 1 ? '1 character long' : `${n} characters long`
  if (origin === 'array' || origin === 'set') return n === 1 ? '1 item long' : `${n} items long`
  return String(n)
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: '`true` or `false`',
  array: 'a list',
  object: 'a map',
  record: 'a map',
  null: '`null`',
}
