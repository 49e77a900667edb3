// What the environment says in place of the files, put where a file would say it.
import { resolve } from 'node:path'
import type { Entry, MapNode, ScalarNode } from '../load/node.ts'

/** A copy of `root` in which `TIDEGATE_STATE`, `TIDEGATE_WORKERS` and `OTEL_SERVICE_NAME` stand, where they are set. */
export function withEnvironment(root: MapNode, env: Readonly<Record<string, string | undefined>>, cwd: string): MapNode {
  const entries = new Map(root.entries)
  const { TIDEGATE_STATE: state, TIDEGATE_WORKERS: workers, OTEL_SERVICE_NAME: service } = env
  if (isSet(state)) entries.set('state', said('TIDEGATE_STATE', resolve(cwd, state)))
  if (isSet(workers)) entries.set('workers', said('TIDEGATE_WORKERS', workers))
  const telemetry = entries.get('telemetry')?.value
  if (isSet(service)) {
    const within = new Map(telemetry?.kind === 'map' ? telemetry.entries : [])
    within.set('service', said('OTEL_SERVICE_NAME', service, 'whole'))
    entries.set('telemetry', { ...root, value: { ...root, entries: within } })
  }
  return { ...root, entries }
}

const isSet = (value: string | undefined): value is string => value !== undefined && value !== ''

function said(name: string, text: string, style: ScalarNode['style'] = 'plain'): Entry {
  const place = { source: { file: name, folder: '', text: '', isArgument: true as const }, offset: -1 }
  return { ...place, value: { kind: 'scalar', text, style, secrets: [], ...place } }
}
