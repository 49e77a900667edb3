// A browser in front of the gateway, and nginx behind it with the files of a small site; beside it a service that pushes.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { launchChromium } from '../../tools/systems/chromium.ts'
import { nginx } from '../../tools/systems/nginx.ts'
import { GatewayProcess } from './gateway-process.ts'
import { LiveService } from './live-service.ts'
import { find, freePort, lacking, listening, Program } from './program.ts'

type Browser = Awaited<ReturnType<typeof launchChromium>>
type Page = Awaited<ReturnType<Browser['newPage']>>

const BIG = randomBytes(5 * 1024 * 1024)
const IMAGES = 12

suite('Chromium in front, nginx behind', { skip: lacking('chromium', 'nginx'), timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-site-'))
  let files: Program
  let filesPort: number
  let live: LiveService
  let gateway: GatewayProcess
  let browser: Browser
  let page: Page
  /** Console messages of errors, uncaught errors, failed requests and error statuses of `page`. */
  const troubles: string[] = []

  const evaluate = <T>(expression: string): Promise<T> => page.evaluate(expression)
  const until = (expression: string): Promise<unknown> => page.waitForFunction(expression, undefined, { timeout: 5_000, polling: 10 })

  const filesLog = (): string => readFileSync(join(folder, 'access.log'), 'utf8')

  before(async () => {
    const site = join(folder, 'site')
    mkdirSync(site)
    cpSync(join(import.meta.dirname, 'site'), site, { recursive: true })
    writeFileSync(join(site, 'big.bin'), BIG)
    for (let i = 0; i < IMAGES; i++) writeFileSync(join(site, `tide-${i}.bmp`), bitmap(64 + i))
    filesPort = await freePort()
    files = new Program('nginx', { args: nginx(folder, site, filesPort) })
    await listening(filesPort, files)
    live = await LiveService.start()
    gateway = await GatewayProcess.start({
      yaml: `
services:
  files: { endpoints: ["http://127.0.0.1:${filesPort}"] }
  live: { endpoints: ["http://127.0.0.1:${live.port}"] }
routes:
  files: { match: "GET /{rest...}", service: files }
  live: { match: "/live/{rest...}", service: live }
  api:
    match: "/api/{rest...}"
    service: live
    policies:
      - cors:
          origins: ["http://127.0.0.1:${filesPort}"]
          methods: [GET, PUT]
          headers: [content-type, x-tide]
          expose: [x-answer]
          credentials: true
`,
    })
    browser = await launchChromium(find('chromium') ?? 'chromium')
    page = await browser.newPage()
    page.on('console', (message) => message.type() === 'error' && troubles.push(message.text()))
    page.on('pageerror', (error) => troubles.push(String(error)))
    page.on('requestfailed', (request) => {
      const failure = request.failure()?.errorText
      // What the page itself gives up is no trouble: an EventSource that it closes.
      if (failure !== 'net::ERR_ABORTED') troubles.push(`${request.url()}: ${failure}`)
    })
    page.on('response', (response) => response.status() >= 400 && troubles.push(`${response.url()}: ${response.status()}`))
  })

  after(async () => {
    await browser?.close()
    await gateway?.[Symbol.asyncDispose]()
    await live?.[Symbol.asyncDispose]()
    await files?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  test('a page loads completely: markup, style, modules, images', async () => {
    await page.goto(gateway.url, { waitUntil: 'load' })
    await until(`document.images.length === ${IMAGES} && [...document.images].every((image) => image.complete)`)
    assert.equal(await page.title(), 'The tide is in')
    assert.deepEqual(
      await evaluate('[...document.images].map((image) => image.naturalWidth)'),
      Array.from({ length: IMAGES }, (_, i) => 64 + i),
    )
    assert.equal(await evaluate('getComputedStyle(document.body).backgroundColor'), 'rgb(1, 50, 90)')
    assert.deepEqual(troubles, [])
  })

  test('a reload asks again and is answered with 304', async () => {
    const from = filesLog().length
    await page.reload({ waitUntil: 'load' })
    await until(`document.images.length === ${IMAGES} && [...document.images].every((image) => image.complete && image.naturalWidth > 0)`)
    for (const path of ['/', '/style.css', '/app.js', '/digest.js']) assert.ok(filesLog().includes(`304 GET ${path} 0\n`, from), path)
    assert.equal(await page.title(), 'The tide is in')
  })

  test('compressed answers reach the page as what they were', async () => {
    const { encoding, start } = await evaluate<{ encoding: string; start: string }>(
      `fetch('/style.css', { cache: 'no-store' }).then(async (response) => ({ encoding: response.headers.get('content-encoding'), start: (await response.text()).slice(0, 20) }))`,
    )
    assert.deepEqual([encoding, start], ['gzip', '/* Long enough to be'])
  })

  test('a file of 5 MiB arrives byte for byte', async () => {
    const expected = createHash('sha256').update(BIG).digest('hex')
    assert.deepEqual(await evaluate("tide.sha256('/big.bin', { cache: 'no-store' })"), { status: 200, sha256: expected })
  })

  test('ranges are answered with 206, and beyond the end with 416', async () => {
    const size = BIG.length
    for (const [range, from, to] of [
      ['bytes=100-199', 100, 199],
      ['bytes=-50', size - 50, size - 1],
      [`bytes=${size - 10}-`, size - 10, size - 1],
    ] as const) {
      const answer = await evaluate(`tide.range('/big.bin', '${range}')`)
      assert.deepEqual(answer, { status: 206, contentRange: `bytes ${from}-${to}/${size}`, bytes: [...BIG.subarray(from, to + 1)] })
    }
    const beyond = await evaluate<{ status: number; contentRange: string }>(`tide.range('/big.bin', 'bytes=${size}-')`)
    assert.deepEqual([beyond.status, beyond.contentRange], [416, `bytes */${size}`])
    assert.equal(troubles.filter((trouble) => trouble.endsWith('416')).length, 1)
    assert.ok(troubles.splice(0).every((trouble) => trouble.includes('416')))
  })

  test('30 fetches, one after another, share a connection', async () => {
    const session = await page.context().newCDPSession(page)
    await session.send('Network.enable')
    const connections: { id: number; reused: boolean }[] = []
    session.on('Network.responseReceived', ({ response }) => {
      if (response.url.includes('/live/echo')) connections.push({ id: response.connectionId, reused: response.connectionReused })
    })
    const bodies = await evaluate<string[]>('tide.many(30)')
    assert.deepEqual(
      bodies,
      Array.from({ length: 30 }, (_, i) => `GET /live/echo?n=${i}`),
    )
    assert.equal(connections.length, 30)
    assert.ok(connections.slice(1).every(({ reused }) => reused))
    await session.detach()
  })

  test('an upload of 5 MiB arrives byte for byte', async () => {
    const { sent, received } = await evaluate<{ sent: string; received: string }>(`tide.upload(${BIG.length})`)
    assert.equal(received, sent)
  })

  test('a form is posted, its redirect followed, its cookie kept', async () => {
    await page.click('button')
    await page.waitForURL(`${gateway.url}/`)
    await until("document.title === 'The tide is in'")
    assert.ok(live.received.includes('POST /live/form note=high+tide'))
    assert.equal(await evaluate('document.cookie'), 'note=kept')
  })

  test('a stream is read part by part as the service writes it', async () => {
    assert.deepEqual(await evaluate('tide.stream()'), ['one ', 'two ', 'three'])
  })

  test('an EventSource gets each event before the next is sent, and comes back with the last id', async () => {
    await evaluate('tide.listen()')
    await until('tide.source.readyState === EventSource.OPEN')
    for (const [index, text] of ['low', 'rising', 'high'].entries()) {
      live.tell(text)
      await until(`tide.events.length === ${index + 1}`)
    }
    assert.deepEqual(await evaluate('tide.events'), ['1 low', '2 rising', '3 high'])
    live.hangUp()
    await until('tide.source.readyState !== EventSource.OPEN')
    await until('tide.source.readyState === EventSource.OPEN')
    live.tell('again')
    await until('tide.events.length === 4')
    assert.deepEqual(live.subscriptions, [undefined, '3'])
    await evaluate('tide.source.close()')
  })

  test('a WebSocket of the page is echoed, text and 1 MiB of bytes, and closes with its code', async () => {
    assert.equal(await evaluate('tide.connect()'), 'tide.v1')
    await evaluate("tide.socket.send('ahoy')")
    const hash = await evaluate(`tide.sendBytes(${1024 * 1024})`)
    await until('tide.messages.length === 2')
    assert.deepEqual(await evaluate('tide.messages'), ['ahoy', hash])
    for (const socket of live.sockets.clients) socket.close(4_000, 'ebb')
    await until('tide.closed !== undefined')
    assert.deepEqual(await evaluate('tide.closed'), { code: 4_000, reason: 'ebb', wasClean: true })
  })

  test('an origin that is named: the gateway answers the preflight, the page reads the answer', async () => {
    const other = await browser.newPage()
    await other.goto(`http://127.0.0.1:${filesPort}/elsewhere.html`)
    const from = live.received.length
    const put = `{ method: 'PUT', headers: { 'content-type': 'application/json', 'x-tide': 'high' }, credentials: 'include', body: '{}' }`
    const answer = await other.evaluate(`ask('${gateway.url}/api/things', ${put})`)
    assert.deepEqual(answer, { status: 200, exposed: 'seen', hidden: null, body: 'PUT /api/things' })
    assert.deepEqual(live.received.slice(from), ['PUT /api/things {}'])
    // A method that the policy does not name is refused by the preflight.
    assert.match(JSON.stringify(await other.evaluate(`ask('${gateway.url}/api/things', { method: 'DELETE' })`)), /Failed to fetch/)
    assert.equal(live.received.length, from + 1)
    await other.close()
  })

  test('an origin that is not named: the browser refuses, and nothing that needs a preflight reaches the service', async () => {
    const foreign = await browser.newPage()
    await foreign.goto(`http://localhost:${filesPort}/elsewhere.html`)
    const from = live.received.length
    for (const init of [
      `{ method: 'PUT', headers: { 'x-tide': 'high' }, body: '{}' }`,
      `{ method: 'GET', headers: { 'x-tide': 'high' } }`,
      `{ method: 'GET', credentials: 'include' }`,
    ])
      assert.deepEqual(await foreign.evaluate(`ask('${gateway.url}/api/things', ${init})`), { error: 'TypeError: Failed to fetch' })
    // The last one is simple: it is sent, but its answer is not shown.
    assert.deepEqual(live.received.slice(from), ['GET /api/things'])
    await foreign.close()
  })

  test('what a page sends while it is left arrives', async () => {
    assert.equal(await evaluate('tide.beacon()'), true)
    await evaluate('tide.leave()')
    for (const end = performance.now() + 5_000; performance.now() < end && live.received.filter(isBeacon).length < 2;) await sleep(20)
    assert.deepEqual(live.received.filter(isBeacon).toSorted(), ['POST /live/beacon kept alive', 'POST /live/beacon the page is left'])
  })

  test('through all of it the console stayed without an error', () => assert.deepEqual(troubles, []))
})

const isBeacon = (request: string): boolean => request.startsWith('POST /live/beacon')

/** An image of random pixels: `width` × 64, three bytes each, rows of a multiple of four bytes. */
function bitmap(width: number): Buffer {
  const row = Math.ceil((width * 3) / 4) * 4
  const head = Buffer.alloc(54)
  head.write('BM')
  head.writeUInt32LE(54 + row * 64, 2)
  head.writeUInt32LE(54, 10)
  head.writeUInt32LE(40, 14)
  head.writeInt32LE(width, 18)
  head.writeInt32LE(64, 22)
  head.writeUInt16LE(1, 26)
  head.writeUInt16LE(24, 28)
  head.writeUInt32LE(row * 64, 34)
  return Buffer.concat([head, randomBytes(row * 64)])
}
