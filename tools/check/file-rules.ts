// Rules about files as a whole: their size, their name, and that each opens by saying its job (a test's job is its name).
import type { Finding } from './finding.ts'
import { readSources, type SourceFile } from './source-file.ts'

/** Lines of a file; above it nobody reads the whole. Generated tables are exempt by their first line. */
const MAX_LINES = 300
const GENERATED = /^\/\/ Generated\b/
/** Names that gather what has no place of its own. */
const NO_JOB = new Set(['util', 'utils', 'helper', 'helpers', 'type', 'types', 'common', 'misc'])
/** The Common Log Format is called so. */
const NAMED_SO = new Set(['src/telemetry/logs/common.ts'])
const NAME = /^[a-z0-9]+(-[a-z0-9]+)*(\.(test|config|reduced))?\.ts$/

/** Checks the `.ts` files that are written here. */
export function checkFiles(root: string): Finding[] {
  const files = readSources(root, ['{src,test,bench,tools,examples}/**/*.ts'])
  // Golden files are what a user would write, good or bad.
  return files.filter((file) => !file.path.startsWith('test/golden/')).flatMap(ofFile)
}

function ofFile(file: SourceFile): Finding[] {
  const findings: Finding[] = []
  const name = file.path.slice(file.path.lastIndexOf('/') + 1)
  const count = file.lines.length - (file.text.endsWith('\n') ? 1 : 0)
  const add = (message: string): number => findings.push({ file: file.path, line: 0, message })
  if (count > MAX_LINES && !GENERATED.test(file.text)) add(`${count} lines; the limit is ${MAX_LINES}`)
  if (!NAME.test(name)) add('name is not a kebab-case noun')
  if (NO_JOB.has(name.slice(0, name.indexOf('.'))) && !NAMED_SO.has(file.path)) add('name says no job; name the file after what it holds')
  const first = file.lines[0]?.startsWith('#!') === true ? file.lines[1] : file.lines[0]
  if (!file.isTest && !/^(\/\/|\/\*\*?)( \S|$)/.test(first ?? '')) add('does not open with a comment that says its job')
  return findings
}
