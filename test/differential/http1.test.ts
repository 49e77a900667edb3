import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allowed, compare, generated, namedInputs } from './http1.ts'

/** Generated inputs; `node test/differential/http1.ts` goes on with others. */
const INPUTS = 1_500
const SEED = 20_261_124

test('no message of the corpora is read more laxly than by node, but for those that are listed with a reason', async () => {
  const findings = await compare(namedInputs)
  const listed = new Set(allowed.map(({ id }) => id))
  for (const { id, side, wrong } of findings) assert.ok(listed.has(id), `laxer than node and not listed: ${side} ${id}: ${wrong}`)
  const found = new Set(findings.map(({ id }) => id))
  assert.deepEqual(
    [...listed].filter((id) => !found.has(id)),
    [],
    'listed, but no longer laxer than node',
  )
})

test('no generated message is read more laxly than by node', async () => {
  const findings = await compare(generated(SEED, INPUTS))
  assert.deepEqual(
    findings.map(({ id, side, wrong, raw }) => `${side}, ${id}: ${wrong}\n${JSON.stringify(raw)}`),
    [],
  )
})

test('each reason why we may be laxer names its source', () => {
  for (const { id, reason } of allowed) assert.match(reason, /\bRFC \d{4} §\d/, id)
})
