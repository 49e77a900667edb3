// The kinds of fields that sections are made of. Each carries a description whose first word is the kind of text (text, template,
// expression, path), which editors show on hover, and refuses with a sentence that says the right form.
import { z } from 'zod'
import { formatBytes, parseBytes } from '../../base/bytes.ts'
import { formatDuration, parseDuration } from '../../base/duration.ts'
import { plain } from './marks.ts'

/** A week is longer than anything that a gateway waits for; beyond it a unit was mistaken. */
const LONGEST = 7 * 86_400_000
const BARE = /^[0-9]+(\.[0-9]+)?$/
// oxlint-disable-next-line no-control-regex -- what must not be there
const FLAT = /^[^\0-\x1f\x7f]+$/

/** How services, routes, listeners and sets are called. */
export const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/

/** A line of text, not empty, without control characters. */
export const text = (about: string) =>
  z.string().regex(FLAT, { error: 'must be one line of text, and not empty' }).describe(`text: ${about}`)

/** A name or a reference to one. */
export const name = (about: string) =>
  plain(
    z
      .string()
      .regex(NAME, { error: 'a name is made of letters, digits, `-`, `_` and `.`, and starts with a letter or digit' })
      .describe(`text: ${about}`),
  )

/** A path of a file, as written. */
export const file = (about: string) => plain(z.string().regex(FLAT, { error: 'must be a path of a file' }).describe(`text: ${about}`))

/** A map of named things. */
export const named = <S extends z.ZodType>(what: S, about: string) => z.record(name('a name'), what).describe(about)

/** A text with `{expression}` in it; what it may name is checked when its route is known. */
export const template = (about: string) => z.string().describe(`template: ${about}`)

export const integer = (least: number, most: number, about: string) =>
  plain(
    z
      .int({ error: (issue) => (issue.code === 'invalid_type' && typeof issue.input === 'number' ? 'must be a whole number' : undefined) })
      .min(least)
      .max(most)
      .describe(`text: ${about}`),
  )

export const flag = (about: string) => z.boolean().describe(`text: ${about}`)

/** A text read into something else; `read` returns a value or a sentence. */
export function parsed<T>(read: (text: string) => { value: T } | { message: string }, pattern: RegExp, about: string) {
  return z
    .string()
    .describe(`text: ${about}`)
    .meta({ pattern: pattern.source })
    .transform((input, ctx): T => {
      const result = read(input)
      if ('value' in result) return result.value
      ctx.issues.push({ code: 'custom', message: result.message, input })
      return z.NEVER
    })
}

/** Milliseconds. `0s` is below `least` unless that is 0, which then switches something off. */
export const duration = (about: string, least = 1, most = LONGEST) =>
  plain(
    parsed(
      (input) => {
        const value = parseDuration(input)
        if (value === undefined)
          return {
            message: unitProblem(input, 'a duration', 'ms, s, m, h or d', meant(input, DURATION_WORDS, 's', parseDuration) ?? '30s'),
          }
        if (value < least || value > most) return { message: `must be from ${formatDuration(least)} to ${formatDuration(most)}` }
        return { value }
      },
      /^[0-9]+(\.[0-9]+)?(ms|s|m|h|d)$/,
      about,
    ),
  )

/** Bytes. */
export const size = (about: string, least: number, most: number) =>
  plain(
    parsed(
      (input) => {
        const value = parseBytes(input)
        if (value === undefined)
          return {
            message: unitProblem(input, 'a size', 'KiB, MiB, GiB, KB, MB or GB', meant(input, SIZE_WORDS, 'KiB', parseBytes) ?? '64KiB'),
          }
        if (value < least || value > most) return { message: `must be from ${formatBytes(least)} to ${formatBytes(most)}` }
        return { value }
      },
      /^[0-9]+(\.[0-9]+)?(B|KiB|MiB|GiB|KB|MB|GB)$/,
      about,
    ),
  )

/** A share: 0–1, written as a percentage. */
export const share = (about: string, least = 0) =>
  plain(
    parsed(
      (input) => {
        const digits = /^(0|[1-9][0-9]{0,2})(\.[0-9]{1,3})?%$/.exec(input)
        if (digits === null) return { message: unitProblem(input, 'a percentage', '%', `${BARE.test(input) ? asPercent(input) : 20}%`) }
        const percent = Number(input.slice(0, -1))
        if (percent > 100 || percent < least) return { message: `must be from ${least}% to 100%` }
        return { value: percent / 100 }
      },
      /^[0-9]+(\.[0-9]+)?%$/,
      about,
    ),
  )

/** `0.8` was meant as a share of 1. */
const asPercent = (input: string): number => (Number(input) <= 1 ? Math.round(Number(input) * 1000) / 10 : Number(input))

const words = (units: Readonly<Record<string, string>>): ReadonlyMap<string, string> =>
  new Map(Object.entries(units).flatMap(([unit, spellings]) => spellings.split(' ').map((each) => [each, unit] as const)))
const DURATION_WORDS = words({
  ms: 'ms msec msecs millis millisecond milliseconds',
  s: 's sec secs second seconds',
  m: 'm min mins minute minutes',
  h: 'h hr hrs hour hours',
  d: 'd day days',
})
const SIZE_WORDS = words({ B: 'b byte bytes', KiB: 'k kib ki', MiB: 'm mib mi', GiB: 'g gib gi', KB: 'kb', MB: 'mb', GB: 'gb' })

/** The number as it was written, with the unit that its word stands for, or `bare` where there is none; undefined for any other text. */
function meant(input: string, units: ReadonlyMap<string, string>, bare: string, parse: (text: string) => unknown): string | undefined {
  const [, number, word = ''] = /^([0-9]+(?:\.[0-9]+)?) ?([a-z]*)$/i.exec(input) ?? []
  const unit = word === '' ? bare : units.get(word.toLowerCase())
  const spelled = `${number}${unit}`
  return number === undefined || unit === undefined || parse(spelled) === undefined ? undefined : spelled
}

function unitProblem(input: string, what: string, units: string, example: string): string {
  const remedy = `write ${what} as a number with its unit (${units}), for example \`${example}\``
  return BARE.test(input) ? `\`${input}\` has no unit; ${remedy}` : `\`${input}\` is not ${what}; ${remedy}`
}
