// What the test asks of the page: `tide` holds its functions and what they saw.
import { digest } from './digest.js'

const main = document.querySelector('#images')
for (let i = 0; i < 12; i++) {
  const image = new Image()
  image.src = `/tide-${i}.bmp`
  main?.append(image)
}

const tide = {
  events: [],
  messages: [],
  closed: undefined,
  source: undefined,
  socket: undefined,

  async sha256(path, init) {
    const response = await fetch(path, init)
    return { status: response.status, sha256: await digest(await response.arrayBuffer()) }
  },

  async range(path, range) {
    const response = await fetch(path, { headers: { range }, cache: 'no-store' })
    const bytes = new Uint8Array(await response.arrayBuffer())
    return { status: response.status, contentRange: response.headers.get('content-range'), bytes: [...bytes] }
  },

  async upload(length) {
    const bytes = new Uint8Array(length)
    for (let i = 0; i < length; i += 65_536) crypto.getRandomValues(bytes.subarray(i, Math.min(i + 65_536, length)))
    const response = await fetch('/live/upload', { method: 'POST', body: new Blob([bytes]) })
    return { sent: await digest(bytes), received: await response.text() }
  },

  async many(count) {
    const bodies = []
    for (let i = 0; i < count; i++) bodies.push(await (await fetch(`/live/echo?n=${i}`, { cache: 'no-store' })).text())
    return bodies
  },

  /** Reads the first part of a stream, calls `next` so that the service goes on, and so forth. */
  async stream() {
    const reader = (await fetch('/live/stream')).body.pipeThrough(new TextDecoderStream()).getReader()
    const parts = []
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return parts
      parts.push(value)
      await fetch('/live/go-on', { method: 'POST' })
    }
  },

  listen() {
    tide.source = new EventSource('/live/events')
    tide.source.addEventListener('message', (event) => tide.events.push(`${event.lastEventId} ${event.data}`))
  },

  async connect() {
    tide.socket = new WebSocket(`ws://${location.host}/live/socket`, ['tide.v1'])
    tide.socket.binaryType = 'arraybuffer'
    tide.socket.addEventListener('message', async ({ data }) => tide.messages.push(typeof data === 'string' ? data : await digest(data)))
    tide.socket.addEventListener('close', ({ code, reason, wasClean }) => (tide.closed = { code, reason, wasClean }))
    await new Promise((resolve, reject) => {
      tide.socket.addEventListener('open', resolve)
      tide.socket.addEventListener('error', reject)
    })
    return tide.socket.protocol
  },

  async sendBytes(length) {
    const bytes = new Uint8Array(length).map((_, i) => i % 251)
    tide.socket.send(bytes)
    return digest(bytes)
  },

  beacon() {
    return navigator.sendBeacon('/live/beacon', 'the page is left')
  },

  leave() {
    void fetch('/live/beacon', { method: 'POST', keepalive: true, body: 'kept alive' })
    location.href = 'about:blank'
  },
}

window.tide = tide
document.title = 'The tide is in'
