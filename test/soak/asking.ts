// A client of the long runs: one connection, what it was asked, and how it ended.
import net from 'node:net'

/** A request without a body. */
export const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: gw.test\r\n\r\n`

/** A client's connection: what was asked on it, and how many complete answers came. */
export class Asking {
  readonly socket: net.Socket
  established = false
  answers: string[] = []
  /** An answer has said that it is the last. */
  last = false
  ended: string | undefined = undefined
  #text = ''
  #wake = (): void => {}

  constructor(port: number) {
    this.socket = net.connect({ port, host: '127.0.0.1', noDelay: true })
    this.socket.on('connect', () => (this.established = true))
    this.socket.on('error', (error: NodeJS.ErrnoException) => (this.ended ??= error.code ?? error.message))
    this.socket.on('data', (chunk: Buffer) => this.#take(chunk.latin1Slice()))
    this.socket.on('end', () => this.socket.end())
    this.socket.on('close', () => {
      this.ended ??= 'closed'
      this.#wake()
    })
  }

  /** Resolves when so many answers have come, or no more can. */
  async until(count: number): Promise<void> {
    while (this.answers.length < count && this.ended === undefined) await new Promise<void>((resolve) => (this.#wake = resolve))
  }

  #take(text: string): void {
    this.#text += text
    for (;;) {
      const end = this.#text.indexOf('\r\n\r\n')
      if (end < 0) return
      const head = this.#text.slice(0, end).toLowerCase()
      const length = Number(/content-length: (\d+)/.exec(head)?.[1] ?? 0)
      if (this.#text.length < end + 4 + length) return
      this.answers.push(`${head.slice(9, 12)} ${this.#text.slice(end + 4, end + 4 + length)}`)
      this.#text = this.#text.slice(end + 4 + length)
      this.last ||= head.includes('connection: close')
      this.#wake()
    }
  }
}
