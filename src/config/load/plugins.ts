// The section `plugins`: loads the modules that it names, and adds what they are to what a configuration may use. From there on a plugin
// reads like a part of the gateway.
import { resolve } from 'node:path'
import type { Policy } from '../../pipeline/policy.ts'
import { createRegistry, type PolicyRegistry } from '../../pipeline/registry.ts'
import { type Code, CodeError, filesOf, keepCode, type Module, readCode } from '../../plugins/code.ts'
import { pluginOf } from '../../plugins/plugin.ts'
import type { CodePlan, PluginPlan } from '../plan.ts'
import { sections } from '../schema/gateway.ts'
import { LATER_KINDS } from '../schema/policies.ts'
import { SINK_NAMES } from '../schema/telemetry.ts'
import { type ConfigValue, isModule } from './config-modules.ts'
import { readText, shown } from './files.ts'
import { join, type Entry, type MapNode } from './node.ts'
import type { SchemaReader } from './reader.ts'
import type { PluginSink } from './sink-item.ts'

/** The plugins of a configuration. */
export interface Plugins {
  /** Policies of the gateway and of the plugins. */
  readonly registry: PolicyRegistry
  /** Sinks of the plugins, by the names that the configuration gives them. */
  readonly sinks: ReadonlyMap<string, PluginSink>
  readonly plans: readonly PluginPlan[]
  /** A function that stands in the configuration, found by the keys that lead to it. */
  readonly codeAt: (steps: readonly string[]) => CodePlan | undefined
  readonly modules: readonly Module[]
  /** Every file of their code, links resolved. */
  readonly files: readonly string[]
  /** Modules as they were named, absolute. */
  readonly names: readonly string[]
}

/** Values of code that stand in the configuration itself, by the keys that lead to them. */
export type ConfigCode = ReadonlyMap<string, ConfigValue>

/** Loads what `plugins` names. What cannot be loaded, or is no plugin, is told; its name counts as known all the same. */
export async function readPlugins(root: MapNode, code: ConfigCode, reader: SchemaReader, cwd: string): Promise<Plugins> {
  const section = root.entries.get('plugins')
  const found = new Finder(code, reader, cwd)
  if (section?.value.kind === 'map') for (const [name, entry] of section.value.entries) await found.add(name, entry)
  else if (section !== undefined) reader.read(sections.plugins, section.value, 'plugins')
  for (const { value, module } of code.values()) {
    const owner = module ?? keepCode(value)
    found.modules.set(owner.path, owner)
  }
  const { registry } = reader
  const own = registry.kinds().map((kind) => registry.get(kind) as Policy)
  return {
    registry: found.policies.length === 0 ? registry : createRegistry([...own, ...found.policies]),
    sinks: found.sinks,
    plans: found.plans,
    codeAt(steps) {
      const held = code.get(steps.reduce(join, ''))
      return held === undefined ? undefined : codeAt(held, steps)
    },
    modules: [...found.modules.values()],
    files: [...found.modules.values()].flatMap(filesOf),
    names: found.names,
  }
}

class Finder {
  readonly policies: Policy[] = []
  readonly sinks = new Map<string, PluginSink>()
  readonly plans: PluginPlan[] = []
  readonly modules = new Map<string, Module>()
  readonly names: string[] = []
  readonly #code: ConfigCode
  readonly #reader: SchemaReader
  readonly #cwd: string

  constructor(code: ConfigCode, reader: SchemaReader, cwd: string) {
    this.#code = code
    this.#reader = reader
    this.#cwd = cwd
  }

  async add(name: string, entry: Entry): Promise<void> {
    const { problems, registry, plugins } = this.#reader
    const path = join('plugins', name)
    plugins.set(name, 'unknown')
    const wrong = sections.plugins.keyType.safeParse(name)
    if (!wrong.success) return problems.error(entry, path, `\`${name}\` cannot be a name: ${wrong.error.issues[0]?.message}`)
    if (registry.get(name) !== undefined || LATER_KINDS.has(name) || name === 'set')
      return problems.error(entry, path, `\`${name}\` is a name of the gateway's own; give the plugin another one`)
    const held = this.#code.get(path)
    const found = held === undefined ? await this.#load(entry, path) : heldIn(held, name)
    if (found === undefined) return
    const plugin = pluginOf(found.value)
    if ('message' in plugin) return problems.error(entry.value, path, `${found.what} ${plugin.message}`)
    if (plugin.kind === 'sink' && SINK_NAMES.has(name))
      return problems.error(entry, path, `\`${name}\` is a name of the gateway's own; give the plugin another one`)
    plugins.set(name, plugin.kind)
    this.modules.set(found.module.path, found.module)
    this.plans.push({ name, kind: plugin.kind, code: found.code })
    const { module, code } = found
    if (plugin.kind === 'policy') this.policies.push({ ...plugin.policy, name })
    else if (plugin.kind === 'authenticator')
      problems.warning(entry, path, '`authenticators`, where an authenticator is used, comes in a later release')
    else this.sinks.set(name, { sink: plugin.sink, plan: { type: 'plugin', name, module, path: code.path } })
  }

  async #load({ value: node }: Entry, path: string): Promise<Found | undefined> {
    const { problems } = this.#reader
    const file = this.#reader.read(sections.plugins.valueType, node, path)?.value
    if (file === undefined) return undefined
    const absolute = resolve(node.source.folder, file)
    this.names.push(absolute)
    const readable = isModule(file) ? readText(absolute) : { message: 'is no module: a plugin is a `.ts` or a `.js` file' }
    if ('message' in readable) {
      problems.error(node, path, `\`${file}\` ${readable.message}`)
      return undefined
    }
    try {
      const { module, exports }: Code = await readCode(absolute)
      return { value: exports['default'], module, code: { module: module.path, path: ['default'] }, what: `\`${file}\`` }
    } catch (error) {
      if (error instanceof CodeError) this.names.push(...error.files)
      problems.error(node, path, `\`${shown(absolute, this.#cwd)}\` cannot be loaded: ${(error as Error).message}`)
      return undefined
    }
  }
}

/** A value that stands in the configuration itself. */
function heldIn({ value, module }: ConfigValue, name: string): Found {
  const owner = module ?? keepCode(value)
  return { value, module: owner, code: codeAt({ value, module }, ['plugins', name]), what: 'this' }
}

/** What crosses to the workers in place of a value that stands in the configuration at `steps`. */
function codeAt({ value, module }: ConfigValue, steps: readonly string[]): CodePlan {
  return module === undefined ? { module: keepCode(value).path, path: ['default'] } : { module: module.path, path: ['default', ...steps] }
}

interface Found {
  readonly value: unknown
  readonly module: Module
  readonly code: CodePlan
  /** What a message calls it. */
  readonly what: string
}
