// Configurations in TypeScript or JavaScript: modules whose default export is the object that a file would hold.
import { type Code, CodeError, filesOf, type Module, readCode } from '../../plugins/code.ts'
import { type Piped, readText } from './files.ts'

/** What each module holds, by absolute path, or what is wrong with it. */
export type ConfigModules = ReadonlyMap<string, Code | Unusable>

interface Unusable {
  readonly message: string
  /** Where a change may mend it. */
  readonly files: readonly string[]
}

/** A value of code in a configuration; `module` is undefined when a program holds it. */
export interface ConfigValue {
  readonly value: object
  readonly module: Module | undefined
}

/** Is this file a module, by its name? */
export const isModule = (path: string): boolean => /\.m?[tj]s$/.test(path)

/** Imports those of `paths` that are modules. What was read from a pipe is text, whatever its name. */
export async function readConfigModules(paths: readonly string[], piped: Piped | undefined): Promise<ConfigModules> {
  const modules = new Map<string, Code | Unusable>()
  for (const path of paths) {
    if (!isModule(path) || piped?.has(path) === true || modules.has(path)) continue
    const readable = readText(path)
    if ('message' in readable) {
      modules.set(path, { ...readable, files: [] })
      continue
    }
    try {
      const code = await readCode(path)
      modules.set(path, 'default' in code.exports ? code : { message: NO_DEFAULT, files: filesOf(code.module) })
    } catch (error) {
      modules.set(path, { message: `cannot be loaded: ${(error as Error).message}`, files: error instanceof CodeError ? error.files : [] })
    }
  }
  return modules
}

const NO_DEFAULT = 'has no default export; write `export default defineGateway({ … })`'
