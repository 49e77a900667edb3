// Which of several forms of an answer a client likes best, by its Accept (RFC 9110 §12.5.1).

/** How well a media range fits a type: by name, by its main type, or as anything. */
const EXACT = 3
const MAIN_TYPE = 2
const ANYTHING = 1

interface Range {
  /** In lower case, `text/html`, `text/*` or `* / *` without blanks. */
  readonly range: string
  /** 0–1. */
  readonly quality: number
}

/**
 * The index of the form that `accept` prefers; -1 when it takes none of them. A form is known by one media type or several, in lower case.
 * Among equals the one that is named more exactly wins, then the first. Parameters of media ranges other than `q` do not count; what is no
 * media range is passed over.
 */
export function preferredForm(accept: string, forms: readonly (readonly string[])[]): number {
  const ranges = readAccept(accept)
  let best = -1
  let bestRank = 0
  forms.forEach((types, index) => {
    for (const type of types) {
      const rank = rankOf(ranges, type)
      if (rank > bestRank) {
        best = index
        bestRank = rank
      }
    }
  })
  return best
}

/** Quality first, exactness second; 0: not wanted. The most exact range says the quality of a type. */
function rankOf(ranges: readonly Range[], type: string): number {
  let exactness = 0
  let quality = 0
  for (const { range, quality: q } of ranges) {
    const fits = fit(range, type)
    if (fits < exactness || fits === 0) continue
    quality = fits > exactness ? q : Math.max(quality, q)
    exactness = fits
  }
  return quality === 0 ? 0 : quality * 10 + exactness / 10
}

function fit(range: string, type: string): number {
  if (range === type) return EXACT
  if (range === '*/*') return ANYTHING
  return range.endsWith('/*') && type.startsWith(range.slice(0, -1)) ? MAIN_TYPE : 0
}

function readAccept(accept: string): Range[] {
  const ranges: Range[] = []
  for (const element of splitOutside(accept, ',')) {
    const [range = '', ...parameters] = splitOutside(element, ';')
    let quality = 1
    for (const parameter of parameters) {
      const weight = /^[\t ]*[qQ]=([^\t ]*)/.exec(parameter)?.[1]
      if (weight !== undefined) quality = readWeight(weight)
    }
    const name = /^[\t ]*([!#$%&'*+\-.^_`|~0-9A-Za-z]+\/[!#$%&'*+\-.^_`|~0-9A-Za-z]+)[\t ]*$/.exec(range)?.[1]
    // wire-safe: the pattern lets ASCII pass alone
    if (name !== undefined) ranges.push({ range: name.toLowerCase(), quality })
  }
  return ranges
}

/** `0.75` → 0.75; 0 for what is no weight (RFC 9110 §12.4.2). */
function readWeight(text: string): number {
  const digits = /^(?:0(?:\.([0-9]{0,3}))?|1(?:\.0{0,3})?)$/.exec(text)
  if (digits === null) return 0
  if (text.startsWith('1')) return 1
  let value = 0
  for (const digit of (digits[1] ?? '').padEnd(3, '0')) value = value * 10 + digit.charCodeAt(0) - 48
  return value / 1000
}

/** The parts of `text` between separators that do not stand in a quoted string. */
function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = []
  let start = 0
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (quoted && c === '\\') i++
    else if (c === '"') quoted = !quoted
    else if (c === separator && !quoted) {
      parts.push(text.slice(start, i))
      start = i + 1
    }
  }
  parts.push(text.slice(start))
  return parts
}
