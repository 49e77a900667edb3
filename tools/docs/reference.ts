// docs/reference/configuration.md: every key that this version reads, made from the schemas that judge it.
import type { ZodType } from 'zod'
import { gateway, LATER_SECTIONS, sections } from '../../src/config/schema/gateway.ts'
import type { Policy } from '../../src/pipeline/policy.ts'
import { builtins } from '../../src/runtime/builtins.ts'
import { table, type Page } from './generated-page.ts'
import { aboutOf, type Row, rowsOf } from './schema-rows.ts'

/** The version that brought a section or policy, where it is not the first one. */
const SINCE: ReadonlyMap<string, string> = new Map()
const FIRST = '0.1.0'

const HEAD = ['key', 'type', 'range', 'default', '']

export const REFERENCE = 'docs/reference/configuration.md'

/** The page. */
export function referencePage(): Page {
  const keys = Object.keys(gateway.shape)
  const kinds = builtins.map(({ name }) => name)
  const links = (names: readonly string[], prefix = ''): string => names.map((name) => `[\`${name}\`](#${prefix}${name})`).join(' · ')
  const later = Object.keys(LATER_SECTIONS).filter((key) => !keys.includes(key))
  const text = `# Reference of the configuration

Every key that this version reads. [Configuration](../configuration.md) shows them by example and has the rules; \`tidegate help KEY\` prints one
section, \`tidegate schema\` the same as JSON Schema. This page is made from the schemas that judge a configuration.

A default in the column means what a bare file gets; *required* that the map around it cannot be without the key. \`NAME\` stands for a name of your
choice, \`[]\` for each item of a list. Values are text unless the words say template, expression or path; \`\${VAR}\` may stand for every value.
Durations have a unit \`ms s m h d\`, sizes \`B KiB MiB GiB KB MB GB\`.

Sections: ${links(keys)}

Policies: ${links(kinds, 'policy-')}

${keys.map((key) => sectionOf(key)).join('\n\n')}

## Policies in lists

An item of \`policies\` or of a set is the name of a policy, a map of one name to options (\`cors: { … }\`), or \`set: NAME\`. A plugin is named like
a policy of the gateway's own.

${builtins.map((policy) => policyOf(policy)).join('\n\n')}

## Sections of later versions

Naming one is refused with a sentence that says so: ${later.map((key) => `\`${key}\``).join(', ')}.
`
  return { path: REFERENCE, text }
}

function sectionOf(key: string): string {
  const schema = sections[key as keyof typeof sections] as ZodType
  const rows = rowsOf(schema, key, key === 'version')
  return `## ${key}\n\n${sentence(aboutOf(schema))} Since ${SINCE.get(key) ?? FIRST}.\n\n${tableOf(rows)}`
}

function policyOf(policy: Policy): string {
  const rows = rowsOf(policy.schema, '', false)
  const bare = policy.schema.safeParse({}).success ? ' It may stand bare.' : ''
  return `### Policy ${policy.name}

[What it does](../policies/${policy.name}.md).${bare} Since ${SINCE.get(policy.name) ?? FIRST}.

${rows.length === 0 ? 'No options.' : tableOf(rows)}`
}

function tableOf(rows: readonly Row[]): string {
  return table(
    HEAD,
    rows.map(({ path, kind, type, range, fallback, required, about }) => [
      `\`${path}\``,
      type,
      range,
      required ? 'required' : fallback === '' ? '' : `\`${fallback}\``,
      kind === '' || kind === 'text' ? about : `${kind}: ${about}`,
    ]),
  )
}

const sentence = (about: string): string => {
  const text = about.replace(/^(text|template|expression|path): /, '')
  const first = text.charAt(0).toUpperCase() + text.slice(1)
  return first.endsWith('.') ? first : `${first}.`
}
