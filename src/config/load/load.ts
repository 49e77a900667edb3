// The way from files to a plan: locate → read → unite → type and judge → compile. Runs anywhere, worker threads included: plain data in,
// plain data out; reads files and binds nothing.
import { compilePlan, statePath } from '../compile/compile.ts'
import { readDraft } from '../compile/draft.ts'
import type { PolicyRegistry } from '../../pipeline/registry.ts'
import type { Finding, Plan } from '../plan.ts'
import { readConfigModules } from './config-modules.ts'
import { locate, type Piped, shown } from './files.ts'
import { gather, type Gathered } from './gather.ts'
import { type Looked, nowhere } from './looked.ts'
import type { Secret } from './node.ts'
import { withEnvironment } from '../print/environment.ts'
import { type Printed, printConfig, type PrintOptions } from '../print/print.ts'
import { readObject } from './object.ts'
import { override } from './overrides.ts'
import { readPlugins } from './plugins.ts'
import { Problems } from './problems.ts'
import { SchemaReader } from './reader.ts'
import { doubtsAbout } from './trust.ts'

export interface LoadInput {
  /** What `--config` named; undefined or empty: the one candidate in `cwd`, else in /etc/tidegate. */
  readonly files: readonly string[] | undefined
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** `a.b=c`, as `--set` takes them. */
  readonly overrides: readonly string[]
  readonly registry: PolicyRegistry
  /** The text of the file `-`. */
  readonly stdin?: string | undefined
  /** What was read from pipes already. */
  readonly piped?: Piped
  /** Warn of files that others than root and this user may write (A80); left out: as a library reads files, nobody is distrusted. */
  readonly distrust?: boolean
  /** Every warning is an error. */
  readonly strict?: boolean
  /** Also prints the effective configuration. */
  readonly print?: PrintOptions
}

export interface Loaded {
  /** Undefined when any finding is an error. */
  readonly plan: Plan | undefined
  /** Errors and warnings, in the order of the files. */
  readonly findings: readonly Finding[]
  /** Every file that was read so far, links resolved, also when there is no plan: what to watch until it is mended. */
  readonly files: readonly string[]
  /** Where files were looked for, all absolute: what to watch beside `files`. */
  readonly looked: Looked
  /** Values that no output may show: they came from `${…}` into a field that is not plain. */
  readonly secrets: readonly Secret[]
  /** The folder `state`, also when there is no plan: where a gateway that runs with an earlier one is found. */
  readonly state?: string
  /** The effective configuration, where that was asked for and there is a plan. */
  readonly printed?: Printed
}

/** Never rejects for anything that a user can write. The same input gives the same result. */
export async function loadConfig(input: LoadInput): Promise<Loaded> {
  const paths = locate(input.files, input.cwd, input.env)
  if ('message' in paths) {
    return {
      plan: undefined,
      findings: [{ file: paths.file, line: 0, column: 0, path: '', message: paths.message, severity: 'error' }],
      files: [],
      looked: nowhere,
      secrets: [],
    }
  }
  const problems = new Problems()
  const reader = new SchemaReader(problems, input.registry)
  const { cwd, env, stdin, piped, distrust = false } = input
  const modules = await readConfigModules(paths, piped)
  const gathered = gather({ paths, cwd, env, stdin, piped, modules, distrust }, problems, reader)
  override(gathered.root, input.overrides, problems)
  return compiled(gathered, input, reader)
}

/** The same for a configuration that a program holds as an object; relative paths in it start from `cwd`. Findings name no file. */
export async function loadObject(config: unknown, input: Pick<LoadInput, 'cwd' | 'env' | 'registry'>): Promise<Loaded> {
  const problems = new Problems()
  const source = { file: '', folder: input.cwd, text: '', isArgument: true } as const
  const read = readObject(config, source, problems)
  if (read?.root.entries.delete('include') === true)
    problems.error({ source, offset: -1 }, 'include', 'is for files; put what it names into the object')
  if (read === undefined) return { plan: undefined, findings: problems.list(), files: [], looked: nowhere, secrets: [] }
  const code = new Map([...read.code].map(([path, value]) => [path, { value, module: undefined }]))
  const gathered = { root: read.root, files: [], looked: nowhere, folder: input.cwd, code, whole: true }
  return compiled(gathered, input, new SchemaReader(problems, input.registry))
}

async function compiled(
  gathered: Gathered,
  { cwd, env, strict = false, distrust = false, print }: Pick<LoadInput, 'cwd' | 'env' | 'strict' | 'distrust' | 'print'>,
  reader: SchemaReader,
): Promise<Loaded> {
  const { root, folder, code, whole } = gathered
  const { problems } = reader
  const plugins = await readPlugins(root, code, reader, cwd)
  const files = [...new Set([...gathered.files, ...plugins.files])]
  const looked = { ...gathered.looked, names: [...gathered.looked.names, ...plugins.names] }
  if (distrust)
    for (const { file, doubt } of doubtsAbout(plugins.files))
      problems.warning({ source: { file: shown(file, cwd), folder: '', text: '' }, offset: -1 }, '', doubt)
  const draft = readDraft(root, new SchemaReader(problems, plugins.registry, reader.plugins, plugins.sinks), whole)
  const plan = whole ? compilePlan({ draft, plugins, problems, env, files, folder, cwd }) : undefined
  const { secrets } = problems
  const state = statePath(draft, env, folder, cwd)
  const found = problems.list()
  const findings = strict ? found.map((finding) => ({ ...finding, severity: 'error' as const })) : found
  if (plan === undefined || problems.errors > 0 || (strict && found.length > 0))
    return { plan: undefined, findings, files, looked, secrets, state }
  const loaded = { plan: { ...plan, warnings: findings }, findings, files, looked, secrets, state }
  if (print === undefined) return loaded
  const effective = withEnvironment(root, env, cwd)
  return {
    ...loaded,
    printed: printConfig(effective, { provenance: problems.provenance, code: new Set(code.keys()), folder, options: print }),
  }
}
