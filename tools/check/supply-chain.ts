// Holds what is installed to what was decided (A90): the production closure is small and every package of it is on a list with a
// reason; nothing in the lock runs a script or names a host; the pinned runtime's checksums equal the kept ones.
import { globSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Finding } from './finding.ts'

const MAX_PACKAGES = 60
const MAX_BYTES = 40 * 1024 * 1024

interface LockEntry {
  version?: string
  resolved?: string
  integrity?: string
  link?: boolean
  dev?: boolean
  optional?: boolean
  os?: string[]
  cpu?: string[]
  libc?: string[]
  hasInstallScript?: boolean
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
  peerDependenciesMeta?: Record<string, { optional?: boolean }>
}

/** The part of package-lock.json (version 3) that is read here. */
export interface Lock {
  readonly packages: Readonly<Record<string, LockEntry>>
}

/** Name → why it is here. */
export type AllowedPackages = Readonly<Record<string, string>>
/** Package of the pinned runtime → its version and checksum. */
export type RuntimeChecksums = Readonly<Record<string, { readonly version: string; readonly integrity: string }>>

/** Checks `<root>`'s lock and what is installed beside it. */
export function checkSupplyChain(root: string): Finding[] {
  const read = (path: string): unknown => JSON.parse(readFileSync(join(root, path), 'utf8'))
  const lock = read('package-lock.json') as Lock
  const closure = productionClosure(lock)
  return [
    ...judgeLock(lock),
    ...judgeClosure(closure, read('tools/check/allowed-packages.json') as AllowedPackages),
    ...judgeRuntime(lock, read('tools/check/runtime-checksums.json') as RuntimeChecksums),
    ...judgeSize(root, closure),
  ]
}

/** Keys of the lock (`node_modules/zod`) that an installation of the published package brings. */
export function productionClosure(lock: Lock): string[] {
  const found = new Set<string>()
  const visit = (from: string, entry: LockEntry): void => {
    const peers = Object.keys(entry.peerDependencies ?? {}).filter((name) => entry.peerDependenciesMeta?.[name]?.optional !== true)
    for (const name of [...Object.keys({ ...entry.dependencies, ...entry.optionalDependencies }), ...peers]) {
      const key = resolved(lock, from, name)
      if (key === undefined || found.has(key)) continue
      found.add(key)
      visit(key, lock.packages[key] as LockEntry)
    }
  }
  visit('', lock.packages[''] ?? {})
  return [...found].toSorted()
}

/** Node's own way up: beside the importer first, then in each folder above. */
function resolved(lock: Lock, from: string, name: string): string | undefined {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('node_modules/') - 1))) {
    const key = at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`
    if (lock.packages[key] !== undefined) return key
    if (at === '') return undefined
  }
}

const nameOf = (key: string): string => key.slice(key.lastIndexOf('node_modules/') + 'node_modules/'.length)
const inLock = (message: string): Finding => ({ file: 'package-lock.json', line: 0, message })

/**
 * Development tools for systems that nobody tests here may lack a checksum: no registry in use has them, and `npm ci` wants every
 * optional package of a listed one in the lock.
 */
function isForeign({ dev, optional, os = [], cpu = [], libc = ['glibc'] }: LockEntry): boolean {
  const tested = os.includes('linux') && (cpu.includes('x64') || cpu.includes('arm64')) && libc.includes('glibc')
  return dev === true && optional === true && os.length > 0 && !tested
}

/** No script runs at installation, no registry is named, everything that a tested system downloads has a checksum. */
export function judgeLock(lock: Lock): Finding[] {
  return Object.entries(lock.packages).flatMap(([key, entry]) => {
    const findings: Finding[] = []
    if (entry.hasInstallScript === true) findings.push(inLock(`${key} runs a script at installation`))
    if (entry.resolved?.includes('://') === true) findings.push(inLock(`${key} names a host`))
    if (key.includes('node_modules/') && entry.link !== true && entry.integrity === undefined && !isForeign(entry))
      findings.push(inLock(`${key} has no checksum`))
    return findings
  })
}

/** The closure is small, each package of it is allowed, and nothing is allowed that is not there. */
export function judgeClosure(closure: readonly string[], allowed: AllowedPackages): Finding[] {
  const findings: Finding[] = []
  const names = new Set(closure.map(nameOf))
  const inList = (message: string): number => findings.push({ file: 'tools/check/allowed-packages.json', line: 0, message })
  for (const name of names) if (!Object.hasOwn(allowed, name)) inList(`${name} would be installed with the package but is not listed`)
  for (const name of Object.keys(allowed)) if (!names.has(name)) inList(`${name} is listed but not installed`)
  if (closure.length > MAX_PACKAGES) findings.push(inLock(`${closure.length} packages would be installed; the limit is ${MAX_PACKAGES}`))
  return findings
}

/** The lock's checksums of the runtime equal the kept ones, so that a changed lock alone cannot swap the runtime. */
export function judgeRuntime(lock: Lock, kept: RuntimeChecksums): Finding[] {
  return Object.entries(kept).flatMap(([name, { version, integrity }]) => {
    const entry = lock.packages[`node_modules/${name}`]
    if (entry?.version === version && entry.integrity === integrity) return []
    return [inLock(`${name} is not the kept ${version} with its checksum (tools/check/runtime-checksums.json)`)]
  })
}

function judgeSize(root: string, closure: readonly string[]): Finding[] {
  let bytes = 0
  for (const key of closure) {
    for (const path of globSync('**/*', { cwd: join(root, key), exclude: (name) => name === 'node_modules' }))
      bytes += statSync(join(root, key, path)).size
  }
  if (bytes <= MAX_BYTES) return []
  return [inLock(`the packages take ${(bytes / 1024 / 1024).toFixed(1)} MiB; the limit is ${MAX_BYTES / 1024 / 1024} MiB`)]
}
