// The access log of the plan: sinks with absolute paths, judged as far as the file system can tell before anything is written.
import { statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { DEFAULTS } from '../defaults.ts'
import { liesBelow, shown } from '../load/files.ts'
import type { Origins } from '../load/interpolate.ts'
import { placeAt } from '../load/node.ts'
import type { Problems } from '../load/problems.ts'
import type { Plugins } from '../load/plugins.ts'
import type { AccessLogPlan, PluginSinkPlan } from '../plan.ts'
import type { Draft } from './draft.ts'

export interface Surroundings {
  readonly env: Origins['env']
  /** The folder that relative paths of sinks start from; absolute. */
  readonly state: string
  /** Sinks of the plugins. */
  readonly sinks: Plugins['sinks']
  /** What paths in messages are relative to. */
  readonly cwd: string
}

export function compileAccessLog(
  { telemetry, root }: Draft,
  { env, state, cwd, sinks: ofPlugins }: Surroundings,
  problems: Problems,
): AccessLogPlan {
  const logs = telemetry?.logs
  const seen = new Set<string>()
  const pluginSink = ({ plugin, options }: { plugin: string; options: unknown }): PluginSinkPlan[] => {
    const found = ofPlugins.get(plugin)
    return found === undefined ? [] : [{ ...found.plan, options }]
  }
  const sinks = (logs?.sinks ?? ['stdout' as const]).flatMap((sink, i): AccessLogPlan['sinks'][number][] => {
    if (sink === undefined) return []
    if (typeof sink === 'object' && 'plugin' in sink) return pluginSink(sink)
    const { type, path } = typeof sink === 'string' ? { type: sink, path: undefined } : sink
    const at = (key: string) => placeAt(root, ['telemetry', 'logs', 'sinks', i, key])
    const where = `telemetry.logs.sinks.${i}`
    const refuse = (key: string, message: string): [] => {
      problems.error(at(key), where, message)
      return []
    }
    if (type === 'stdout' && path !== undefined) return refuse('path', '`path` is for type `file`')
    if (type === 'file' && path === undefined) return refuse('type', '`path` is missing')
    const absolute = path === undefined ? '' : resolve(state, path)
    if (seen.has(absolute)) return refuse('path', 'this sink is listed twice')
    seen.add(absolute)
    if (type === 'stdout') return [{ type }]
    const kind = kindOf(absolute)
    if (kind === 'folder') return refuse('path', `\`${shown(absolute, cwd)}\` is a folder, not a file`)
    if (kind === 'nothing') {
      const folder = dirname(absolute)
      const above = nearest(folder)
      if (kindOf(above) === 'other') return refuse('path', `\`${shown(above, cwd)}\` is a file, so nothing can lie in it`)
      // What lies under `state` the gateway makes when it starts.
      if (above !== folder && !liesBelow(state, absolute))
        problems.warning(
          at('path'),
          where,
          `the folder \`${shown(folder, cwd)}\` does not exist; opening the file is tried again until it does`,
        )
    }
    return [{ type, path: absolute }]
  })
  return {
    format: logs?.format ?? DEFAULTS.logs.format,
    sinks,
    redact: { headers: lower(logs?.redact?.headers), query: [...(logs?.redact?.query ?? [])] },
    service: env.OTEL_SERVICE_NAME || (telemetry?.service ?? DEFAULTS.logs.service),
  }
}

const lower = (names: readonly string[] = []): string[] => names.map((name) => name.toLowerCase())

/** The folder itself, or the first of those around it that is there. */
function nearest(folder: string): string {
  const above = dirname(folder)
  return above === folder || kindOf(folder) !== 'nothing' ? folder : nearest(above)
}

/** `unknown` is what this user may not look at; the one who runs the gateway may. */
function kindOf(path: string): 'folder' | 'other' | 'nothing' | 'unknown' {
  try {
    return statSync(path).isDirectory() ? 'folder' : 'other'
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'nothing' : 'unknown'
  }
}
