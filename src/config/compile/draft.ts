// The sections of a configuration as their schemas made them, each beside the node that it came from, so that what is found later
// (a service that does not exist, two routes alike) can still be told at its place. What could not be read is undefined or left out.
import type { z, ZodType } from 'zod'
import type { Node, Place } from '../load/node.ts'
import { join, type MapNode } from '../load/node.ts'
import type { SchemaReader } from '../load/reader.ts'
import { remedy } from '../load/suggest.ts'
import { gateway, LATER_SECTIONS, sections, type Section } from '../schema/gateway.ts'
import { laterKeys } from '../schema/marks.ts'
import type { PolicyItem } from '../schema/policies.ts'
import { type RouteParts, routeParts } from '../schema/routes.ts'
import type { ServiceInput } from '../schema/services.ts'
import type { ListenerInput } from '../schema/listeners.ts'

/** One entry of a map of named things. */
export interface Named<T> {
  readonly name: string
  /** Where its key stands. */
  readonly place: Place
  readonly node: Node
  /** Undefined when it could not be read; its name counts as defined all the same. */
  readonly value: T | undefined
  /** Paths of what could not be read; `value`, when there is one, is the rest. Nothing is judged for lacking what stands here. */
  readonly bad: readonly string[]
}

type Read<K extends Section> = z.output<(typeof sections)[K]> | undefined

export interface Draft {
  readonly root: MapNode
  readonly state: Read<'state'>
  readonly client: Read<'client'>
  readonly workers: Read<'workers'>
  readonly limits: Read<'limits'>
  readonly timeouts: Read<'timeouts'>
  readonly defaults: Read<'defaults'>
  readonly unmatched: Read<'unmatched'>
  readonly telemetry: Read<'telemetry'>
  readonly admin: Read<'admin'>
  readonly probes: Read<'probes'>
  readonly listeners: readonly Named<ListenerInput>[]
  readonly services: readonly Named<ServiceInput>[]
  readonly policySets: readonly Named<readonly (PolicyItem | undefined)[]>[]
  readonly routes: readonly Named<RouteParts>[]
}

/** Reads every section of `root`; unknown ones are told with a suggestion, later ones with a sentence. `whole`: no file is missing. */
export function readDraft(root: MapNode, reader: SchemaReader, whole: boolean): Draft {
  refuseUnknown(root, reader)
  if (whole && !root.entries.has('version')) reader.problems.error(root, '', '`version` is missing; write `version: 1` in the first line')
  single('version')
  return {
    root,
    state: single('state'),
    client: single('client'),
    workers: single('workers'),
    limits: single('limits'),
    timeouts: single('timeouts'),
    defaults: single('defaults', sections.defaults),
    unmatched: single('unmatched'),
    telemetry: single('telemetry'),
    admin: single('admin'),
    probes: single('probes'),
    listeners: named('listeners', sections.listeners.valueType, undefined),
    services: named('services', sections.services.valueType, sections.services.valueType),
    policySets: named('policySets', sections.policySets.valueType, undefined),
    routes: named('routes', sections.routes.valueType, routeParts),
  }

  /** `parts`: what is left of it when something in it cannot be read. */
  function single<K extends Section>(section: K, parts?: ZodType): Read<K> {
    const entry = root.entries.get(section)
    if (entry === undefined) return undefined
    const schema: ZodType = sections[section]
    return reader.readParts(schema, parts, entry.value, section)?.value as Read<K>
  }

  function named<T, P>(section: Section, schema: ZodType<T>, parts: ZodType<P> | undefined): Named<T | P>[] {
    const entry = root.entries.get(section)
    if (entry === undefined) return []
    // What is not a map at all is told once, by the section's own schema.
    if (entry.value.kind !== 'map') {
      reader.read(sections[section] as ZodType, entry.value, section)
      return []
    }
    return [...entry.value.entries].map(([name, each]) => {
      const path = join(section, name)
      const wrong = sections.services.keyType.safeParse(name)
      if (!wrong.success) reader.problems.error(each, path, `\`${name}\` cannot be a name: ${wrong.error.issues[0]?.message}`)
      const read = reader.readParts(schema, parts, each.value, path)
      return { name, place: each, node: each.value, value: read?.value, bad: read?.bad ?? [path] }
    })
  }
}

function refuseUnknown(root: MapNode, reader: SchemaReader): void {
  const known = Object.keys(sections)
  for (const [key, entry] of root.entries) {
    if (Object.hasOwn(sections, key)) continue
    const why = laterKeys.get(gateway)?.get(key)
    reader.problems.error(entry, key, why ?? `unknown key \`${key}\`${remedy(key, known, 'sections are', Object.keys(LATER_SECTIONS))}`)
    reader.hide(entry.value)
  }
}
