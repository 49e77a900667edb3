// Reaches into the threads of a running process by Node's inspector, which SIGUSR1 opens: how a test loses a worker that was never asked.
import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { Program } from './program.ts'

interface Message {
  readonly id?: number
  readonly method?: string
  readonly params?: { readonly sessionId?: string; readonly workerInfo?: { readonly title: string } }
}

/**
 * Runs `code` in the first `count` worker threads of a program that was started with `--inspect-port=127.0.0.1:0`. Does not wait for it to
 * end: it may be the end.
 */
export async function runInWorkers(program: Program, count: number, code: string): Promise<void> {
  const from = program.output.length
  program.kill('SIGUSR1')
  const [, url = ''] = await program.said(/Debugger listening on (ws:\/\/\S+)/, from)
  const socket = new WebSocket(url)
  await once(socket, 'open')
  let last = 0
  const send = (method: string, params: object): void => socket.send(JSON.stringify({ id: ++last, method, params }))
  const done = new Promise<void>((resolve) => {
    let reached = 0
    socket.on('message', (data: Buffer) => {
      const { method, params } = JSON.parse(data.toString()) as Message
      if (method !== 'NodeWorker.attachedToWorker' || reached === count) return
      const message = JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression: code } })
      send('NodeWorker.sendMessageToWorker', { sessionId: params?.sessionId, message })
      if (++reached === count) resolve()
    })
  })
  send('NodeWorker.enable', { waitForDebuggerOnStart: false })
  await done
  // A close handshake, so that what was sent before it has arrived.
  socket.close()
  await once(socket, 'close')
}
