// A data plane small enough to do exactly what a life-cycle test asks: answers `<version> <slot>` and misbehaves by path, or, in prepare, by
// the plan's `state`. It keeps connections alive and counts them as the real one does.
import type { Socket } from 'node:net'
import type { Core, CoreDeps, Prepared } from '../../../src/runtime/core.ts'

const spin = (ms: number): void => {
  for (const end = performance.now() + ms; performance.now() < end;);
}

export function createCore({ observer, slot, running }: CoreDeps): Core {
  const open = new Set<{ socket: Socket; busy: boolean }>()
  let version = 0
  let exchanges = 0
  let draining = false
  let refused: ReadonlySet<string> = new Set()
  const routeNames = ['block', 'spin', 'throw', 'exit', 'heap', 'slow', 'ok']

  const serve = (entry: { socket: Socket; busy: boolean }, path: string): void => {
    const route = routeNames.find((name) => path.startsWith(`/${name}`)) ?? 'ok'
    const amount = Number(path.split('/')[2] ?? 0)
    const answer = (status: number): void => {
      exchanges--
      entry.busy = false
      const body = `${version} ${slot}`
      const close = draining ? 'connection: close\r\n' : ''
      entry.socket.write(`HTTP/1.1 ${status} X\r\ncontent-length: ${body.length}\r\n${close}\r\n${body}`)
      if (draining) entry.socket.end()
    }
    exchanges++
    entry.busy = true
    if (refused.has(route)) return answer(503)
    running[0] = routeNames.indexOf(route) + 1
    if (route === 'block') for (;;);
    if (route === 'spin') spin(amount)
    if (route === 'exit') process.exit(7)
    if (route === 'throw')
      setImmediate(() => {
        throw new Error('escaped')
      })
    if (route === 'heap') {
      const kept: unknown[] = []
      for (;;) kept.push(Array.from({ length: 10_000 }, (_, i) => `${i} ${kept.length}`))
    }
    running[0] = 0
    if (route === 'slow') setTimeout(answer, amount, 200)
    else answer(200)
  }

  return {
    async prepare(plan) {
      if (plan.state.endsWith('/refuse')) throw new Error('the plan asks to be refused')
      if (plan.state.endsWith('/hang')) await new Promise(() => {})
      if (plan.state.endsWith('/block')) for (;;);
      if (plan.state.endsWith('/die')) process.exit(3)
      return { version: plan.version }
    },
    switch(prepared: Prepared) {
      version = prepared.version
    },
    discard() {},
    accept(socket) {
      const entry = { socket, busy: false }
      open.add(entry)
      observer.connectionOpened()
      let buffered = ''
      socket.on('data', (chunk) => {
        buffered += chunk.toString('latin1')
        for (let end = buffered.indexOf('\r\n\r\n'); end >= 0; end = buffered.indexOf('\r\n\r\n')) {
          const path = buffered.split(' ', 2)[1] ?? '/'
          buffered = buffered.slice(end + 4)
          serve(entry, path)
        }
      })
      socket
        .on('end', () => socket.end())
        .on('error', () => {})
        .on('close', () => {
          if (open.delete(entry)) observer.connectionClosed()
        })
      socket.resume()
    },
    startDrain() {
      draining = true
    },
    closeIdle() {
      for (const { socket, busy } of open) if (!busy) socket.end()
    },
    giveUpIdle() {},
    get load() {
      return { connections: open.size, exchanges, tunnels: 0 }
    },
    refuse(routes) {
      refused = routes
    },
    levels: new Map(),
    routeNames,
    async end() {
      for (const { socket } of open) socket.destroy()
    },
  }
}
