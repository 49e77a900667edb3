// Pages of docs/ that are written by hand but for what the code knows better: each such part stands between two marks.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A page as it should be. */
export interface Page {
  /** Relative to the project. */
  readonly path: string
  readonly text: string
}

const END = '<!-- /generated -->'

/** `text` with the part called `name` replaced. @throws Error when there is no such part. */
export function withPart(text: string, name: string, part: string): string {
  const mark = `<!-- generated: ${name} -->`
  const start = text.indexOf(mark)
  const end = text.indexOf(END, start)
  if (start < 0 || end < 0) throw new Error(`no part between \`${mark}\` and \`${END}\``)
  return `${text.slice(0, start)}${mark}\n\n${part.trim()}\n\n${text.slice(end)}`
}

/** The pages that are not as they should be; with `write` they are then. */
export function stalePages(root: string, pages: readonly Page[], write = false): string[] {
  const stale = pages.filter(({ path, text }) => !existsSync(join(root, path)) || readFileSync(join(root, path), 'utf8') !== text)
  if (write) for (const { path, text } of stale) writeFileSync(join(root, path), text)
  return stale.map(({ path }) => path)
}

/** A cell of a table: one line, without what would end it. */
export const cell = (text: string): string => text.replaceAll('\n', ' ').replaceAll('|', '\\|')

/** A table of Markdown. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows]
    .map((row) => `| ${row.map(cell).join(' | ')} |`.replaceAll('| --- ', '|---').replace('--- |', '---|'))
    .join('\n')
