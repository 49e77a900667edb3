// How the command line prints: results to stdout, talk to stderr, colour only where somebody looks, and nothing that could move a cursor.
import { styleText } from 'node:util'
import type { Finding } from '../config/plan.ts'

// Controls (C0, DEL, C1), line and paragraph separators, and what turns the direction of text round (A78).
// oxlint-disable-next-line no-control-regex -- what must not reach a terminal
const UNPRINTABLE = /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g

/** The text with everything that a terminal would obey shown as `\x1b` or `\u{202e}`. Line feeds and tabs stay. */
export const printable = (text: string): string =>
  text.replaceAll(UNPRINTABLE, (c) => {
    const hex = c.charCodeAt(0).toString(16)
    return hex.length > 2 ? `\\u{${hex}}` : `\\x${hex.padStart(2, '0')}`
  })

/** One line and nothing but it: line feeds and tabs are shown as well. */
export const printableLine = (text: string): string => printable(text).replaceAll('\n', '\\x0a').replaceAll('\t', '\\x09')

type Stream = NodeJS.WriteStream

export const print = (text: string): void => void process.stdout.write(`${text}\n`)
export const talk = (text: string): void => void process.stderr.write(`${text}\n`)

type Style = 'red' | 'yellow' | 'green' | 'dim' | 'bold'

/** Coloured when `stream` is a terminal and NO_COLOR does not forbid it, or when FORCE_COLOR asks for it. */
export const styled = (style: Style, text: string, stream: Stream): string => styleText(style, text, { stream })

/** Does text for this stream come in colour? */
export const isColoured = (stream: Stream): boolean => styled('green', 'x', stream) !== 'x'

/** The widest path that others are lined up with. */
const PATH_MOST = 44

/** `file:line:col path message`, one a line, the messages below each other. */
export function findingLines(findings: readonly Finding[], stream: Stream = process.stdout): string[] {
  const rows = findings.map((finding) => ({ finding, place: placeOf(finding), path: printableLine(finding.path) }))
  const placeWidth = Math.max(0, ...rows.map(({ place }) => place.length))
  const pathWidth = Math.min(PATH_MOST, Math.max(0, ...rows.map(({ path }) => path.length)))
  return rows.map(({ finding, place, path }) => {
    const message = printableLine(finding.message)
    const mark = finding.severity === 'warning' ? styled('yellow', 'warning:', stream) + ' ' : ''
    const head = `${styled('bold', place, stream)}${' '.repeat(placeWidth - place.length)} ${styled('dim', path, stream)}${' '.repeat(Math.max(0, pathWidth - path.length))}`
    return `${path === '' ? head.trimEnd() : head}  ${mark}${message}`
  })
}

/** A command's failure as one line. */
export const failureLine = (reason: string): string => `tidegate: ${printableLine(reason)}`

/**
 * Why a configuration cannot be used, for stderr: what is wrong as a whole is one sentence; mistakes inside are as `check` prints them, and
 * counted when there are several.
 */
export function failureLines(findings: readonly Finding[]): string[] {
  const whole = findings.filter(({ severity, line, path }) => severity === 'error' && line === 0 && path === '')
  const lines = findingLines(
    findings.filter((finding) => !whole.includes(finding)),
    process.stderr,
  )
  for (const { file, message } of whole) lines.push(failureLine([file, message].filter((part) => part !== '').join(' ')))
  const errors = findings.filter(({ severity }) => severity === 'error').length
  return errors === 1 ? lines : [...lines, failureLine(`${counted(errors, 'error')} in the configuration`)]
}

function placeOf({ file, line, column }: Finding): string {
  return line === 0 ? printableLine(file) : `${printableLine(file)}:${line}:${column}`
}

/** `1 error`, `3 errors`. */
export const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`
