// The files of one version of an operator's module: what its imports pull in, outside of packages. Node keeps a module for the life of a
// thread under its URL, so each version gets URLs of its own (`?tidegate=VERSION` on the module and on everything below it); otherwise an
// edited file that another one imports would stay as it was.
import { createHash } from 'node:crypto'
import { type LoadHookSync, registerHooks, type ResolveHookSync } from 'node:module'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** One file as it was read. */
export interface CodeFile {
  /** From the folder of the module that was named. */
  readonly path: string
  /** SHA-256 of its bytes, hex. */
  readonly hash: string
  /** As Node calls it: `module-typescript`. */
  readonly format: string
  readonly source: string
}

/** Hears of every file of one version as it is loaded. */
export interface GraphReader {
  /** A file was read from disk. `path` is absolute, links resolved. */
  take(path: string, source: string | Uint8Array, format: string): void
  /** What stands in the place of that file on disk; undefined: the file itself. */
  give(path: string): Pick<CodeFile, 'format' | 'source'> | undefined
  /** Has JavaScript read as TypeScript, whose parser tells where a syntax error is. */
  readonly diagnoses?: boolean
}

const VERSION = 'tidegate'
const ROOT = new URL('../', import.meta.url).href
/** `.ts` in a checkout, `.js` where the package is installed. */
const EXTENSION = import.meta.url.slice(import.meta.url.lastIndexOf('.'))
/** What the gateway gives from anywhere: its own entries, and the library that options are described with. */
const OWN: ReadonlyMap<string, string> = new Map([
  ['tidegate', `${ROOT}index${EXTENSION}`],
  ['tidegate/plugin', `${ROOT}plugin${EXTENSION}`],
  ['tidegate/testing', `${ROOT}testing/index${EXTENSION}`],
])

const readers = new Map<string, GraphReader>()
let hooked = false

/** The URL under which `url` is loaded in that version; `reader` hears of its files. Versions are letters, digits and dashes. */
export function versioned(url: string, version: string, reader: GraphReader): string {
  if (!hooked) registerHooks({ resolve, load })
  hooked = true
  readers.set(version, reader)
  return withVersion(url, version)
}

/** A file of the graph below `folder`. */
export const codeFile = (folder: string, path: string, source: string | Uint8Array, format: string): CodeFile => ({
  path: relative(folder, path),
  hash: createHash('sha256').update(source).digest('hex'),
  format,
  source: typeof source === 'string' ? source : new TextDecoder().decode(source),
})

const resolve: ResolveHookSync = (specifier, context, next) => {
  const own = OWN.get(specifier)
  if (own !== undefined) return { url: own, shortCircuit: true }
  const parent = context.parentURL ?? import.meta.url
  const version = versionOf(specifier) ?? versionOf(parent)
  const given = version === undefined ? undefined : givenUrl(specifier, parent, version)
  if (given !== undefined) return { url: given, shortCircuit: true }
  const found = resolveFrom(specifier, context, next)
  return version === undefined || !isOperators(found.url) ? found : { ...found, url: withVersion(found.url, version) }
}

/** A file that is given need not be on disk any more. */
function givenUrl(specifier: string, parent: string, version: string): string | undefined {
  if (!/^\.{0,2}\//.test(specifier) && !specifier.startsWith('file:')) return undefined
  const url = new URL(specifier, parent).href
  return readers.get(version)?.give(fileURLToPath(url)) === undefined ? undefined : withVersion(url, version)
}

/** A module in `/etc` has no packages beside it: the one that every policy's schema is written with is then ours. */
function resolveFrom(specifier: string, context: Parameters<ResolveHookSync>[1], next: Parameters<ResolveHookSync>[2]) {
  try {
    return next(specifier, context)
  } catch (error) {
    if (specifier !== 'zod' && !specifier.startsWith('zod/')) throw error
    return next(specifier, { ...context, parentURL: import.meta.url })
  }
}

const load: LoadHookSync = (url, context, next) => {
  const version = versionOf(url)
  const reader = version === undefined ? undefined : readers.get(version)
  if (reader === undefined) return next(url, context)
  const path = fileURLToPath(url)
  const given = reader.give(path)
  if (given !== undefined) return { ...given, shortCircuit: true }
  const loaded = next(url, context)
  // Node finds CommonJS by its path alone, whatever its URL says: an edit would never be seen.
  if (loaded.format?.startsWith('commonjs') === true)
    throw new Error(`${path} is CommonJS, which cannot be loaded anew: write it as an ES module (\`import\` and \`export\`)`)
  const { source } = loaded
  const format = loaded.format ?? 'module'
  if (typeof source === 'string') reader.take(path, source, format)
  else if (source !== undefined && source !== null)
    reader.take(path, ArrayBuffer.isView(source) ? bytesOf(source) : new Uint8Array(source), format)
  return reader.diagnoses === true && loaded.format === 'module' ? { ...loaded, format: 'module-typescript' } : loaded
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array => new Uint8Array(buffer, byteOffset, byteLength)

/** Packages stay as they are for the life of a thread, and so do we. */
const isOperators = (url: string): boolean => url.startsWith('file:') && !url.includes('/node_modules/') && !url.startsWith(ROOT)

function versionOf(url: string): string | undefined {
  const at = url.indexOf(`?${VERSION}=`)
  return at === -1 ? undefined : url.slice(at + VERSION.length + 2)
}

const withVersion = (url: string, version: string): string => `${url.split('?', 1)[0]}?${VERSION}=${version}`

/** A message or stack without the versions in its URLs, and with paths in place of `file:` URLs. */
export const withoutVersions = (text: string): string =>
  text.replaceAll(/\?tidegate=[A-Za-z0-9-]+/g, '').replaceAll(/file:\/\/\/[^\s:)]+/g, (url) => fileURLToPath(url))
