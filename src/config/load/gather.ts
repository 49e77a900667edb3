// Reads every file of a configuration, follows `include`, and unites what they say into one tree. A name that two files define, and a
// single section that stands twice, are errors that name both places.
import { globSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { sections, UNITED } from '../schema/gateway.ts'
import { filesOf } from '../../plugins/code.ts'
import { type ConfigModules, type ConfigValue, isModule } from './config-modules.ts'
import { readSource, readText, shown, type NoFiles, type Piped } from './files.ts'
import type { Looked } from './looked.ts'
import type { Origins } from './interpolate.ts'
import { join, position, type Entry, type MapNode, type Place, type Source } from './node.ts'
import { readObject } from './object.ts'
import type { Problems } from './problems.ts'
import type { SchemaReader } from './reader.ts'
import { doubtsAbout } from './trust.ts'
import { readYaml } from './yaml.ts'

/** Files that one configuration may have: a glob that catches a whole disk is a mistake. */
const FILES_MOST = 10_000

export interface Gathered {
  readonly root: MapNode
  /** Every file that was read, secrets included, with links resolved. */
  readonly files: readonly string[]
  readonly looked: Looked
  /** Folder of the first file: what defaults are relative to. */
  readonly folder: string
  /** Values that are no plain data, by the keys that lead to them. */
  readonly code: ReadonlyMap<string, ConfigValue>
  /** False when a file, or a map of named things in it, could not be read: what it would have defined is missing, and that is nobody else's mistake. */
  readonly whole: boolean
}

export interface GatherInput {
  readonly paths: readonly string[]
  readonly cwd: string
  readonly env: Origins['env']
  /** The text of `-`. */
  readonly stdin: string | undefined
  /** What was read already, by absolute path: pipes, which can be read but once. */
  readonly piped: Piped | undefined
  readonly modules: ConfigModules
  /** Tell of files that others may write (A80). */
  readonly distrust: boolean
}

export function gather(input: GatherInput, problems: Problems, reader: SchemaReader): Gathered {
  const gatherer = new Gatherer(input, problems, reader)
  for (const path of input.paths) gatherer.file(path, undefined)
  const first = input.paths[0]
  const folder = first === undefined || first === '-' || input.piped?.has(first) === true ? input.cwd : resolve(first, '..')
  return { root: gatherer.root(), files: [...gatherer.files], looked: gatherer.looked, folder, code: gatherer.code, whole: gatherer.whole }
}

/** Where a file was named by another one. */
interface Included {
  readonly place: Place
  readonly path: string
  readonly byGlob: boolean
}

class Gatherer {
  readonly files = new Set<string>()
  readonly code = new Map<string, ConfigValue>()
  readonly #names = new Set<string>()
  readonly #globs = new Set<string>()
  whole = true
  readonly #input: GatherInput
  readonly #problems: Problems
  readonly #reader: SchemaReader
  readonly #entries = new Map<string, Entry>()
  #origin: Source | undefined
  /** The files whose `include` is being followed, the outermost first. */
  readonly #within: string[] = []

  constructor(input: GatherInput, problems: Problems, reader: SchemaReader) {
    this.#input = input
    this.#problems = problems
    this.#reader = reader
  }

  get looked(): Looked {
    return { names: [...this.#names], globs: [...this.#globs] }
  }

  root(): MapNode {
    const source = this.#origin ?? NOWHERE
    return { kind: 'map', entries: this.#entries, flow: false, source, offset: 0, end: 0 }
  }

  /** Reads one file; `included` is where it was named, undefined for the command line. */
  file(path: string, included: Included | undefined): void {
    const piped = this.#piped(path)
    if (piped === undefined) this.#names.add(path)
    if (piped === undefined && isModule(path)) return this.#module(path, included)
    const read = piped ?? readSource(path, this.#input.cwd)
    if ('message' in read) return this.#unreadable(read, included)
    if (this.files.has(read.real)) return this.#again(read.real, included)
    if (piped === undefined) this.files.add(read.real)
    this.#doubt(read.doubt, read.source)
    this.#origin ??= read.source
    this.#problems.reading(read.source.file)
    if (this.files.size > FILES_MOST) return
    this.#tree(readYaml(read.source, this.#origins(read.source), this.#problems), read.source, read.real)
  }

  #tree(tree: MapNode | undefined, source: Source, real: string): void {
    if (tree === undefined) {
      this.whole = false
      return
    }
    if (isCut(tree)) this.whole = false
    this.#unite(tree)
    const include = tree.entries.get('include')
    if (include === undefined) return
    this.#within.push(real)
    this.#include(include, source)
    this.#within.pop()
  }

  /** A configuration in TypeScript: what its module exports. */
  #module(path: string, included: Included | undefined): void {
    const file = shown(path, this.#input.cwd)
    const found = this.#input.modules.get(path)
    if (found === undefined) return this.#unreadable({ file, message: 'is code: import it from a configuration in TypeScript' }, included)
    if ('message' in found) {
      for (const each of found.files) this.#names.add(each)
      return this.#unreadable({ file, message: found.message }, included)
    }
    const { module, exports } = found
    const [real = path] = filesOf(module)
    if (this.files.has(real)) return
    for (const each of filesOf(module)) this.files.add(each)
    for (const each of doubtsAbout(filesOf(module)))
      this.#doubt(each.doubt, { file: shown(each.file, this.#input.cwd), folder: '', text: '' })
    const source: Source = { file, folder: dirname(path), text: '', isArgument: true }
    this.#origin ??= source
    this.#problems.reading(file)
    const read = readObject(exports['default'], source, this.#problems, this.#origins(source))
    for (const [at, value] of read?.code ?? []) this.code.set(at, { value, module })
    this.#tree(read?.root, source, path)
  }

  /** A file counts once, whoever includes it. Naming one that is on the way here is a slip; a glob may well hold it. */
  #again(real: string, included: Included | undefined): void {
    if (included === undefined || included.byGlob || !this.#within.includes(real)) return
    const message =
      real === this.#within.at(-1)
        ? 'this file includes itself, which changes nothing'
        : 'what is named here includes this file already, and counts once'
    this.#problems.warning(included.place, included.path, `${message}; leave it out`)
  }

  /** What came by stdin or a pipe. Paths in it start from the working directory. */
  #piped(path: string): ReturnType<typeof readSource> | undefined {
    const { cwd, piped, stdin } = this.#input
    const text = piped?.get(path) ?? (path === '-' ? (stdin ?? '') : undefined)
    if (text === undefined) return undefined
    const file = path === '-' ? path : shown(path, cwd)
    return typeof text === 'string' ? { source: { file, folder: cwd, text }, real: path, doubt: undefined } : { file, ...text }
  }

  #unreadable({ file, message }: NoFiles, included: Included | undefined): void {
    this.whole = false
    if (included === undefined) this.#problems.error({ source: { file, folder: '', text: '' }, offset: -1 }, '', message)
    else this.#problems.error(included.place, included.path, `\`${file}\` ${message}`)
  }

  /** About the file as a whole, not about a line in it. */
  #doubt(doubt: string | undefined, source: Source): void {
    if (doubt !== undefined && this.#input.distrust) this.#problems.warning({ source, offset: -1 }, '', doubt)
  }

  #include(entry: Entry, source: Source): void {
    const globs = this.#reader.read(z.array(sections.include.element), entry.value, 'include')?.value ?? []
    globs.forEach((glob, i) => {
      const place = entry.value.kind === 'list' ? (entry.value.items[i] ?? entry) : entry
      const pattern = resolve(source.folder, glob)
      // Sorted, so that the same files give the same configuration on every machine.
      const byGlob = /[*?[\]{}]/.test(glob)
      if (byGlob) this.#globs.add(pattern)
      const found = byGlob ? globSync(pattern).toSorted() : [pattern]
      if (found.length > FILES_MOST)
        return this.#problems.error(place, join('include', i), `\`${glob}\` names more than ${FILES_MOST} files`)
      if (found.length === 0) this.#problems.warning(place, join('include', i), `\`${glob}\` names no file`)
      for (const path of found) this.file(path, { place, path: join('include', i), byGlob })
    })
  }

  #unite(tree: MapNode): void {
    for (const [section, entry] of tree.entries) {
      if (section.startsWith('x-') || section === 'include') continue
      const twin = this.#entries.get(section)
      // Every file may say which version it is written in; each is judged.
      if (section === 'version' && twin !== undefined) this.#reader.read(sections.version, entry.value, 'version')
      else if (twin === undefined) this.#entries.set(section, copied(entry))
      else if (UNITED.has(section) && twin.value.kind === 'map' && entry.value.kind === 'map')
        this.#uniteNames(section, twin.value, entry.value)
      else this.#twice(entry, section, twin)
    }
  }

  #uniteNames(section: string, into: MapNode, from: MapNode): void {
    for (const [name, entry] of from.entries) {
      const twin = into.entries.get(name)
      if (twin === undefined) into.entries.set(name, entry)
      else this.#twice(entry, join(section, name), twin)
    }
  }

  #twice(entry: Entry, path: string, twin: Place): void {
    const { line, column } = position(twin)
    this.#problems.error(entry, path, `is defined twice, first at ${twin.source.file}:${line}:${column}; keep one of them`)
  }

  #origins(source: Source): Origins {
    return {
      env: this.#input.env,
      readFile: (path) => {
        const absolute = resolve(source.folder, path)
        this.#names.add(absolute)
        const read = readText(absolute)
        if ('message' in read) return { message: `the file \`${shown(absolute, this.#input.cwd)}\` ${read.message}` }
        this.files.add(read.real)
        this.#doubt(read.doubt, { file: shown(absolute, this.#input.cwd), folder: '', text: '' })
        return { text: read.text }
      },
    }
  }
}

/** Names that others refer to could not be read: that they are missing is nobody's second mistake. */
const isCut = ({ partial, entries }: MapNode): boolean =>
  partial === true ||
  [...UNITED].some((section) => {
    const names = entries.get(section)?.value
    return names !== undefined && (names.kind !== 'map' || names.partial === true)
  })

const NOWHERE: Source = { file: 'tidegate.yaml', folder: '', text: '' }

/** A section that other files may add to must not be the parsed tree itself: an alias may share it. */
function copied(entry: Entry): Entry {
  return entry.value.kind === 'map' ? { ...entry, value: { ...entry.value, entries: new Map(entry.value.entries) } } : entry
}
