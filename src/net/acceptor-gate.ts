// Keeps new handshakes away from a listening socket while those under way come to their end: a packet filter on the socket
// (`SO_ATTACH_FILTER`, Linux), for which Node has no call of its own, only node:ffi (from 26 on). → acceptor-closing
import { endianness } from 'node:os'
import type net from 'node:net'

/**
 * The filter, in instructions of classic BPF (linux/filter.h: code, jump if true, jump if false, operand). A TCP socket's filter reads from
 * the TCP header on; its byte 13 holds the flags (RFC 9293, 3.1). A client whose SYN is dropped asks again, after a second.
 */
const PROGRAM = [
  [0x30, 0, 0, 13], // load the flags
  [0x54, 0, 0, 0x12], // leave SYN and ACK of them
  [0x15, 1, 0, 0x02], // SYN alone, a new handshake: skip one
  [0x06, 0, 0, 0xffff_ffff], // keep the whole packet
  [0x06, 0, 0, 0], // drop it
] as const

/** Sizes of `struct sock_fprog` (a u16 and, eight bytes on, a pointer) and of `struct sock_filter` (u16, u8, u8, u32). */
const HEADER = 16
const INSTRUCTION = 8
/** The same on the two architectures below; not on every one that Linux knows. */
const SOL_SOCKET = 1
const SO_ATTACH_FILTER = 26
const SUPPORTED = process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64') && endianness() === 'LE'

/** Attaches the filter to a descriptor; returns whether the kernel took it. */
type Attach = (descriptor: number) => boolean

let attach: Attach | undefined = undefined

/**
 * From now on the kernel drops every packet that would begin a connection to `server`; whoever has begun finishes, and waits in the queue
 * as ever. For good: there is no way back. Returns false where that cannot be had (another system, an older Node, `--permission`).
 */
export function shutGate(server: net.Server): boolean {
  const descriptor = (server as unknown as { readonly _handle: { readonly fd?: number } | null })._handle?.fd
  if (!SUPPORTED || descriptor === undefined || descriptor < 0) return false
  attach ??= findAttach()
  return attach(descriptor)
}

function findAttach(): Attach {
  try {
    const ffi = quietly(() => process.getBuiltinModule('node:ffi'))
    const { setsockopt } = ffi.dlopen(null, {
      setsockopt: { arguments: ['i32', 'i32', 'i32', 'pointer', 'u32'], return: 'i32' },
    }).functions
    // One block, header and program, that lives as long as the thread: its address stays what it is.
    const block = new ArrayBuffer(HEADER + PROGRAM.length * INSTRUCTION)
    const address = ffi.getRawPointer(block)
    const view = new DataView(block)
    view.setUint16(0, PROGRAM.length, true)
    view.setBigUint64(8, address + BigInt(HEADER), true)
    for (const [index, [code, ifTrue, ifFalse, operand]] of PROGRAM.entries()) {
      const at = HEADER + index * INSTRUCTION
      view.setUint16(at, code, true)
      view.setUint8(at + 2, ifTrue)
      view.setUint8(at + 3, ifFalse)
      view.setUint32(at + 4, operand, true)
    }
    return (descriptor) => setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, block, HEADER) === 0
  } catch {
    return () => false
  }
}

/** Node says of node:ffi that it is experimental. That is for us to know, not for whoever reads the log of a shutdown. */
function quietly<T>(act: () => T): T {
  const warn = Object.getOwnPropertyDescriptor(process, 'emitWarning') as PropertyDescriptor
  Object.defineProperty(process, 'emitWarning', { ...warn, value: () => {} })
  try {
    return act()
  } finally {
    Object.defineProperty(process, 'emitWarning', warn)
  }
}
