// A name server on loopback that answers A and AAAA queries by a script, and keeps what it was asked (RFC 1035 §4).
import dgram from 'node:dgram'

/** Records of one name and type, or how the server fails: with a code of RFC 1035 §4.1.1, or by silence. */
export type Records = readonly { readonly address: string; readonly ttl: number }[] | 'NXDOMAIN' | 'SERVFAIL' | 'silence'

export class NameServer implements AsyncDisposable {
  /** `A example.test`, in order. */
  readonly asked: string[] = []
  script: (name: string, type: 'A' | 'AAAA') => Records
  readonly #socket = dgram.createSocket('udp4')

  constructor(script: (name: string, type: 'A' | 'AAAA') => Records) {
    this.script = script
    this.#socket.on('message', (query, { port, address }) => {
      const reply = this.#answer(query)
      if (reply !== undefined) this.#socket.send(reply, port, address)
    })
  }

  listen(): Promise<this> {
    return new Promise((resolve) => this.#socket.bind(0, '127.0.0.1', () => resolve(this)))
  }

  /** `127.0.0.1:port`. */
  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`
  }

  [Symbol.asyncDispose](): Promise<void> {
    return new Promise((resolve) => this.#socket.close(() => resolve()))
  }

  #answer(query: Buffer): Buffer | undefined {
    const labels: string[] = []
    let at = 12
    for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
      labels.push(query.toString('latin1', at + 1, at + 1 + length))
      at += 1 + length
    }
    const type = query.readUInt16BE(at + 1) === 28 ? 'AAAA' : 'A'
    const name = labels.join('.').toLowerCase()
    this.asked.push(`${type} ${name}`)
    const records = this.script(name, type)
    if (records === 'silence') return undefined
    const code = records === 'NXDOMAIN' ? 3 : records === 'SERVFAIL' ? 2 : 0
    const answers = typeof records === 'string' ? [] : records
    const head = Buffer.alloc(12)
    query.copy(head, 0, 0, 2)
    head.writeUInt16BE(0x8180 | code, 2) // a recursive answer
    head.writeUInt16BE(1, 4)
    head.writeUInt16BE(answers.length, 6)
    return Buffer.concat([head, query.subarray(12, at + 5), ...answers.map(({ address, ttl }) => record(address, ttl, type))])
  }
}

function record(address: string, ttl: number, type: 'A' | 'AAAA'): Buffer {
  const data = type === 'A' ? Buffer.from(address.split('.').map(Number)) : Buffer.from(address.replaceAll(':', ''), 'hex')
  const head = Buffer.alloc(12)
  head.writeUInt16BE(0xc00c, 0) // the name of the question
  head.writeUInt16BE(type === 'A' ? 1 : 28, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt32BE(ttl, 6)
  head.writeUInt16BE(data.length, 10)
  return Buffer.concat([head, data])
}
