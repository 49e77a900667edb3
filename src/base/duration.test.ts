import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatBytes, parseBytes } from './bytes.ts'
import { formatDuration, parseDuration } from './duration.ts'
import { parseRate } from './rate.ts'

test('a duration is one number with one unit, exact in milliseconds', () => {
  const good = { '0s': 0, '250ms': 250, '1.1s': 1100, '30s': 30_000, '5m': 300_000, '1.5h': 5_400_000, '2d': 172_800_000 }
  for (const [text, ms] of Object.entries(good)) assert.equal(parseDuration(text), ms, text)
  for (const text of [
    '',
    '5',
    '5 s',
    '5S',
    's',
    '-1s',
    '+1s',
    '01s',
    '1h30m',
    '1.s',
    '.5s',
    '1e3ms',
    '0.5ms',
    '1µs',
    '5sec',
    '999999999999999d',
    '٣s',
  ]) {
    assert.equal(parseDuration(text), undefined, text)
  }
})

test('a size is one number with one unit; powers of two and of ten are told apart', () => {
  const good = {
    '0B': 0,
    '64KiB': 65_536,
    '1.5KiB': 1_536,
    '10MiB': 10_485_760,
    '2GiB': 2_147_483_648,
    '1KB': 1_000,
    '1MB': 1_000_000,
    '3GB': 3e9,
  }
  for (const [text, bytes] of Object.entries(good)) assert.equal(parseBytes(text), bytes, text)
  for (const text of ['', '64', '64K', '64k', '64kb', '64Kib', '64 KiB', '1.0001KiB', '-1B', '1e3B', '0x10B'])
    assert.equal(parseBytes(text), undefined, text)
})

test('a rate counts at least one in a second, minute, hour, day or month', () => {
  assert.deepEqual(parseRate('100/s'), { count: 100, unit: 's', per: 1_000 })
  assert.deepEqual(parseRate('20/min'), { count: 20, unit: 'min', per: 60_000 })
  assert.deepEqual(parseRate('5/month'), { count: 5, unit: 'month', per: 2_592_000_000 })
  for (const text of ['', '100', '0/s', '1/m', '1 / s', '1.5/s', '/s', '10/sec', '-1/s', '01/s'])
    assert.equal(parseRate(text), undefined, text)
})

test('what was read is printed in its shortest exact form', () => {
  for (const text of ['0s', '250ms', '90s', '5m', '8h', '1d']) assert.equal(formatDuration(parseDuration(text) as number), text)
  for (const text of ['0B', '1001B', '64KiB', '10MiB', '1KB', '2GiB', '3GB']) assert.equal(formatBytes(parseBytes(text) as number), text)
})
