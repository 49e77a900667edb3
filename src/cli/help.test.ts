// `tidegate help TOPIC`, as a program that is piped sees it.
import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { faults } from '../base/fault.ts'
import { refusals } from '../base/refusal.ts'
import { gateway } from '../config/schema/gateway.ts'
import { readTopics, topicText } from './help-topics.ts'
import { runProgram } from './program.ts'

async function help(...args: string[]): Promise<{ code: unknown; out: string; talk: string }> {
  const told = { out: '', talk: '' }
  const catching = (key: 'out' | 'talk', stream: NodeJS.WriteStream) => {
    const pass = stream.write.bind(stream)
    return mock.method(stream, 'write', (chunk: string | Uint8Array) => {
      if (typeof chunk !== 'string') return pass(chunk)
      told[key] += chunk
      return true
    })
  }
  const caught = [catching('out', process.stdout), catching('talk', process.stderr)]
  process.exitCode = 0
  try {
    await runProgram([process.execPath, 'tidegate', 'help', ...args])
    return { code: process.exitCode, ...told }
  } finally {
    for (const each of caught) each.mock.restore()
    process.exitCode = 0
  }
}

test('every code, every key of the configuration and every page is a topic', () => {
  const { parts } = readTopics()
  for (const name of [
    ...Object.keys(faults),
    ...refusals.keys(),
    ...Object.keys(gateway.shape),
    'operations',
    'metrics',
    'cors',
    'reference',
    'faults',
  ])
    assert.ok(parts.has(name), name)
})

test('a code is told by the page that its `type` leads to', async () => {
  const { code, out, talk } = await help('upstream_refused')
  assert.deepEqual([code, talk], [0, ''])
  assert.ok(out.startsWith(`upstream_refused\n\n${faults.upstream_refused.title}.\n`), out)
  assert.ok(out.includes('https://tidegate.dev/faults/upstream_refused'))
  // oxlint-disable-next-line no-control-regex -- what must not be there
  assert.doesNotMatch(out, /\u001b|<!--/)
})

test('a key of the configuration is told by its section alone, a policy by its page and its options', async () => {
  const { out } = await help('listeners')
  assert.match(out, /^listeners\n/)
  assert.match(out, /`listeners\.NAME\.port`/)
  assert.doesNotMatch(out, /`client\.from`/)
  const cors = (await help('cors')).out
  assert.match(cors, /^cors\n[^]*\nPolicy cors\n/)
  assert.doesNotMatch(cors, /Policy ip-filter/)
})

test('a key below a section is told by its rows, wherever it stands; names of the user’s choice are any', async () => {
  const body = (await help('limits.body')).out
  assert.match(body, /^limits\.body\n\n`limits\.body`\n[^]*\n`routes\.NAME\.limits\.body`\n/)
  assert.doesNotMatch(body, /limits\.head/)
  assert.match((await help('routes.shop.match')).out, /\n`routes\.NAME\.match\.path`\n/)
  assert.match((await help('policies')).out, /`defaults\.policies`[^]*`routes\.NAME\.policies`/)
  assert.match((await help('routes')).out, /\nThe section of the configuration: tidegate help routes\.NAME\n$/)
  assert.match((await help('routes.NAME')).out, /`routes\.NAME\.service`/)
  assert.equal((await help('limits.boddy')).code, 2)
  assert.equal((await help('NAME.match')).code, 0)
})

test('where a command has the name, the page is named by its path', async () => {
  assert.match((await help('explain')).out, /^Usage: tidegate explain/)
  assert.match((await help('docs/explain')).out, /^Explain\n/)
  assert.equal(topicText(readTopics(), 'docs/policies/cors.md'), topicText(readTopics(), 'policies/cors'))
})

test('an unknown topic is one sentence with a suggestion, and 2; nothing outside of the documents is one', async () => {
  assert.deepEqual(await help('upstream_refusd'), {
    code: 2,
    out: '',
    talk: "tidegate: unknown topic 'upstream_refusd' (did you mean upstream_refused?); see tidegate help\n",
  })
  for (const topic of ['../README', 'docs/../../README', '/etc/passwd', '__proto__', '\u001b[2J']) {
    const { code, out, talk } = await help(topic)
    assert.deepEqual([code, out], [2, ''], topic)
    assert.match(talk, /^tidegate: unknown topic '[^\n]*'; see tidegate help\n$/)
  }
})

test('help alone lists the topics after the commands', async () => {
  const { code, out } = await help()
  assert.equal(code, 0)
  assert.ok(out.indexOf('Usage: tidegate') < out.indexOf('Topics, for'))
  for (const group of ['Guides:\n', 'Policies:\n', 'Sections of the configuration:\n', 'Codes of faults and refusals:\n'])
    assert.ok(out.includes(group))
})
