import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DURATION_BOUNDS } from './definitions.ts'
import { expose, type Family } from './exposition.ts'

interface Parsed {
  readonly type: string
  readonly help: string
  readonly unit?: string
  readonly samples: { readonly name: string; readonly labels: Record<string, string>; readonly value: number }[]
}

/** A reader of its own of both formats, strict about what the formats say. */
function parse(text: string, open: boolean): Map<string, Parsed> {
  assert.ok(text.endsWith('\n'))
  const lines = text.slice(0, -1).split('\n')
  if (open) assert.equal(lines.pop(), '# EOF')
  const families = new Map<string, Parsed>()
  let current: (Parsed & { unit?: string }) | undefined
  let family = ''
  for (const line of lines) {
    const comment = /^# (HELP|TYPE|UNIT) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/.exec(line)
    if (comment !== null) {
      const [, what, name = '', rest = ''] = comment
      if (what === 'HELP') {
        assert.ok(!families.has(name), `${name} stands once`)
        families.set(name, (current = { type: '', help: unescape(rest), samples: [] }))
        family = name
      } else {
        assert.equal(name, family)
        Object.assign(current as object, { [what === 'TYPE' ? 'type' : 'unit']: rest })
      }
      continue
    }
    const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/.exec(line)
    assert.ok(sample !== null && current !== undefined, line)
    const [, name = '', inside = '', value = ''] = sample
    const suffixes = current.type === 'histogram' ? ['_bucket', '_sum', '_count'] : open && current.type === 'counter' ? ['_total'] : ['']
    assert.ok(
      suffixes.some((suffix) => name === family + suffix),
      `${name} belongs to ${family}`,
    )
    current.samples.push({ name, labels: labelsOf(inside), value: value === '+Inf' ? Infinity : Number(value) })
  }
  return families
}

function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  let rest = text
  while (rest !== '') {
    const match = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/.exec(rest)
    assert.ok(match !== null, rest)
    labels[match[1] as string] = unescape(match[2] as string)
    rest = rest.slice(match[0].length)
  }
  return labels
}

const unescape = (text: string): string => text.replaceAll(/\\(["\\n])/g, (_, c: string) => (c === 'n' ? '\n' : c))

test('label values and help of any kind come out as they went in, in both formats', () => {
  const label = fc.string({ unit: 'binary', maxLength: 20 }).map((text) => text.replaceAll('\r', ' '))
  fc.assert(
    fc.property(fc.array(fc.tuple(label, label, fc.nat()), { minLength: 1, maxLength: 5 }), label, (rows, help) => {
      const flat = help.replaceAll(/[\u2028\u2029]/g, ' ')
      const family: Family = {
        name: 'tidegate_things_total',
        kind: 'counter',
        help: flat,
        labels: ['one', 'two'],
        samples: rows.map(([one, two, value]) => ({ labels: [one, two], value })),
      }
      for (const format of ['prometheus', 'openmetrics'] as const) {
        const open = format === 'openmetrics'
        const parsed = parse(expose([family], format), open).get(open ? 'tidegate_things' : 'tidegate_things_total')
        assert.ok(parsed !== undefined)
        assert.deepEqual(
          parsed.samples.map(({ labels, value }) => [labels['one'], labels['two'], value]),
          rows,
        )
        // Prometheus leaves quotes in help alone, and so is read without them.
        if (open || !flat.includes('"')) assert.equal(parsed.help, flat)
      }
    }),
    { numRuns: 300 },
  )
})

test('a histogram has its buckets in order, cumulative, with sum and count; a unit where the name has one', () => {
  const buckets = [...DURATION_BOUNDS.map((_, i) => i), 20]
  const family: Family = {
    name: 'http_server_request_duration_seconds',
    kind: 'histogram',
    help: 'Durations.',
    labels: ['http_route'],
    samples: [{ labels: ['users'], value: 20, buckets, sum: 1.5 }],
  }
  const plain = parse(expose([family], 'prometheus'), false).get(family.name)
  assert.equal(plain?.type, 'histogram')
  assert.deepEqual(
    plain.samples.filter(({ name }) => name.endsWith('_bucket')).map(({ labels, value }) => [labels['le'], value]),
    [...DURATION_BOUNDS.map((bound, i) => [`${bound}`, i]), ['+Inf', 20]],
  )
  assert.deepEqual(
    plain.samples.slice(-2).map(({ name, value }) => [name, value]),
    [
      [`${family.name}_sum`, 1.5],
      [`${family.name}_count`, 20],
    ],
  )
  const open = parse(expose([family], 'openmetrics'), true).get(family.name)
  assert.equal(open?.unit, 'seconds')
  assert.ok(open.samples.some(({ labels }) => labels['le'] === '1.0') && open.samples.some(({ labels }) => labels['le'] === '0.005'))
})

test('a family without samples is left out, and one without labels has no braces', () => {
  const bare: Family = { name: 'tidegate_ready', kind: 'gauge', help: 'Ready.', labels: [], samples: [{ labels: [], value: 1 }] }
  const text = expose([bare, { ...bare, name: 'tidegate_none', samples: [] }], 'prometheus')
  assert.equal(text, '# HELP tidegate_ready Ready.\n# TYPE tidegate_ready gauge\ntidegate_ready 1\n')
  assert.equal(expose([], 'openmetrics'), '# EOF\n')
})

test('A27 half a surrogate pair in a label leaves as what says that something was there', () => {
  const text = expose([{ name: 'g', kind: 'gauge', help: 'G.', labels: ['x'], samples: [{ labels: ['a\ud800'], value: 1 }] }], 'prometheus')
  assert.ok(text.endsWith('g{x="a\ufffd"} 1\n'), text)
})
