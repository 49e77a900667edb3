// Modules of the operator's own. The thread that loads a configuration reads them (`readCode`) and tells what it read; every worker then
// runs what was read (`importCode`), whatever has become of the files since: two workers never run two versions of one configuration.
import { createHash } from 'node:crypto'
import { readFileSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type CodeFile, codeFile, type GraphReader, versioned, withoutVersions } from './graph.ts'

/** A module as it was read: plain data, which crosses between threads in place of the code. */
export interface Module {
  /** As the configuration names it; absolute. */
  readonly path: string
  /** Its folder, links resolved; '' for what a program holds. */
  readonly folder: string
  /** The module's own file, from there. */
  readonly entry: string
  /** Over all its files, hex. */
  readonly hash: string
  readonly files: readonly CodeFile[]
}

export interface Code {
  readonly module: Module
  readonly exports: Readonly<Record<string, unknown>>
}

/** Why a module cannot be used, in a sentence for users. */
export class CodeError extends Error {
  override readonly name = 'CodeError'
  /** What was read of it, and what was missing, absolute: a change there may mend it. */
  readonly files: readonly string[]

  constructor(cause: unknown, files: readonly string[]) {
    super(sentence(cause), { cause })
    const { url } = Object(cause) as { url?: unknown }
    const missing = typeof url === 'string' && url.startsWith('file:') ? [fileURLToPath(url)] : []
    this.files = [...files, ...missing]
  }
}

/** What this thread has imported, by version: one costs memory for good, so none is imported twice. */
const imported = new Map<string, Code>()
/** By path, what was read last. */
const latest = new Map<string, Code>()
let reads = 0

/**
 * Imports the module at `path` as its files are now; what has not changed since the last time is not evaluated again. Code that a module
 * imports later, from inside a function, is no part of what was read.
 * @throws CodeError for a file that is missing, does not parse, throws, or is CommonJS.
 */
export async function readCode(path: string): Promise<Code> {
  const known = latest.get(path)
  if (known !== undefined && isUnchanged(known.module)) return known
  const files = new Map<string, CodeFile>()
  let exports: Code['exports']
  let real: string
  try {
    real = realpathSync(path)
    const folder = dirname(real)
    const take: GraphReader['take'] = (file, source, format) => void files.set(file, codeFile(folder, file, source, format))
    exports = await evaluate(real, `read-${++reads}`, { take, give: () => undefined })
  } catch (error) {
    throw new CodeError(await diagnosed(path, error), [...files.keys()])
  }
  const module = named(path, real, [...files.values()])
  const code = imported.get(versionOf(module)) ?? { module, exports }
  imported.set(versionOf(module), code)
  latest.set(path, code)
  return code
}

/**
 * Runs what was read as `module`, from memory: a worker that starts later runs the same as those that started before it, though the files have
 * changed or are gone. What is imported later, at a request, was not read then, and comes from disk.
 * @throws CodeError for what its code throws.
 */
export async function importCode(module: Module): Promise<Code> {
  const version = versionOf(module)
  const known = imported.get(version)
  if (known !== undefined) return known
  const files = new Map(module.files.map((file) => [join(module.folder, file.path), file]))
  try {
    const exports = await evaluate(join(module.folder, module.entry), version, { take() {}, give: (file) => files.get(file) })
    const code = { module, exports }
    imported.set(version, code)
    return code
  } catch (error) {
    throw new CodeError(error, [])
  }
}

/** Code that a program holds already, under a name that is no path: it crosses to no other thread. */
export function keepCode(value: object): Module {
  let module = kept.get(value)
  if (module === undefined) {
    module = { path: `held-${++reads}`, folder: '', entry: '', hash: '', files: [] }
    kept.set(value, module)
    imported.set(versionOf(module), { module, exports: { default: value } })
  }
  return module
}

const kept = new WeakMap<object, Module>()

/** The absolute paths of the files of a module, links resolved: what to watch. */
export const filesOf = ({ folder, files }: Module): string[] => files.map((file) => join(folder, file.path))

/** Different for each path: two copies of one module share nothing. */
const versionOf = ({ path, hash }: Module): string => digest([path, hash]).slice(0, 32)

const digest = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex')

const evaluate = async (real: string, version: string, reader: GraphReader): Promise<Code['exports']> =>
  (await import(versioned(pathToFileURL(real).href, version, reader))) as Code['exports']

/** Links are resolved here: Node remembers where they led once. */
const urlOf = (path: string): string => pathToFileURL(realpathSync(path)).href

/** V8 does not tell where in JavaScript a syntax error is. Nothing of such a module runs, so that it can be read once more. */
async function diagnosed(path: string, error: unknown): Promise<unknown> {
  if (!(error instanceof SyntaxError) || placeOf(error) !== undefined) return error
  const reader = { take() {}, give: () => undefined, diagnoses: true }
  try {
    await import(versioned(urlOf(path), `read-${++reads}`, reader))
  } catch (again) {
    return again
  }
  return error
}

/** `Unexpected token … (at /etc/tidegate/geo.ts:3)`: what Node says, and where as far as it says that. */
function sentence(error: unknown): string {
  if (!(error instanceof Error)) return withoutVersions(`it threw ${String(error)}`)
  const place = placeOf(error)
  const message = error.message.split('\n', 1)[0] ?? ''
  return withoutVersions(place === undefined ? message : `${message} (${place})`)
}

/** What was thrown, for a log: its kind and message, and where in the operator's code that was. */
export function describeThrown(thrown: unknown): string {
  const place = thrown instanceof Error ? placeOf(thrown) : undefined
  return withoutVersions(place === undefined ? String(thrown) : `${String(thrown)} (${place})`)
}

/** A message, with where in the operator's code it was thrown if it was. */
export function withPlace(message: string, thrown: unknown): string {
  const place = thrown instanceof Error ? placeOf(thrown) : undefined
  return place === undefined ? message : withoutVersions(`${message} (${place})`)
}

/** The place of a syntax error leads its stack; that of a throw is in the first line below the message. */
function placeOf({ stack = '' }: Error): string | undefined {
  return (/^(file:\S+:\d+)\n/.exec(stack) ?? /\n\s+at (?:.*\()?(file:[^\s)]*\?tidegate=[^\s)]+:\d+:\d+)/.exec(stack))?.[1]
}

function named(path: string, real: string, files: readonly CodeFile[]): Module {
  const sorted = files.toSorted((a, b) => (a.path < b.path ? -1 : 1))
  const hash = digest(sorted.map((file) => [file.path, file.hash]))
  return { path, folder: dirname(real), entry: basename(real), hash, files: sorted }
}

function isUnchanged({ path, folder, entry, files }: Module): boolean {
  try {
    if (realpathSync(path) !== join(folder, entry)) return false
    return files.every((file) => codeFile(folder, join(folder, file.path), readFileSync(join(folder, file.path)), '').hash === file.hash)
  } catch {
    // Gone, or not to be read: importing it will say so.
    return false
  }
}
