// The handle inside a net.Socket, where going through the stream costs most: reading, and writing text. The stream's own code does the same
// calls between a dozen looks into its state, most of them cold when hundreds of connections are busy (docs/decisions/0303).
import { getSystemErrorName } from 'node:util'

/** What of a TCP handle is used. */
export interface StreamHandle {
  /** Bytes that the kernel has not taken yet. */
  readonly writeQueueSize?: number
  /** The descriptor; negative or undefined where the system has none. */
  readonly fd?: number
  /** Called for each read, on the handle; how many bytes came stands in the binding's state. */
  onread: (this: StreamHandle, buffer: unknown) => unknown
  /** Writes at once what the kernel takes: 0, the error's number, or a request for what is left. */
  writeLatin1String(request: null, text: string): number | WriteRequest
}

/** The rest of a write, which libuv has copied and queued. */
export interface WriteRequest {
  /** Called on the request when it has left, or with the error's number. */
  oncomplete: (this: WriteRequest, status: number) => void
  /** Not null: it was over before `oncomplete` could be set. */
  writeStatus: number | null
}

interface Binding {
  readonly streamBaseState: Int32Array
  readonly kReadBytesOrError: number
  readonly kLastWriteErr: number
}

/**
 * The part of Node that tells how a read or write went; undefined where it is not what this file knows. `kLastWriteErr` came with writes that
 * take no request of the caller's: before, one without would have ended the process.
 */
function findBinding(): Binding | undefined {
  try {
    const found = (process as unknown as { binding(name: string): Partial<Binding> }).binding('stream_wrap')
    const known = found.streamBaseState instanceof Int32Array && found.kReadBytesOrError === 0 && typeof found.kLastWriteErr === 'number'
    return known ? (found as Binding) : undefined
  } catch {
    return undefined
  }
}

const binding = findBinding()
const state = binding?.streamBaseState ?? new Int32Array(1)
const lastWrite = binding?.kLastWriteErr ?? 0

let wanted = true

/** Handles may be used directly: Node is one that this file knows. */
export const mayUseHandles = (): boolean => wanted && binding !== undefined

/** For tests: false has sockets that are opened from now on do as on any other Node. */
export function useHandles(on: boolean): void {
  wanted = on
}

/** How many bytes the read brought for which `onread` is called; 0 or less for what is the stream's to handle. */
export const bytesRead = (): number => state[0] as number

/** Why the write that just returned a request failed, 0 when it did not. */
export const lastWriteError = (): number => state[lastWrite] as number

/** The error that a socket is destroyed with, as the stream would have made it. */
export const systemError = (number: number): Error => {
  const code = getSystemErrorName(number)
  return Object.assign(new Error(`write ${code}`), { code, errno: number, syscall: 'write' })
}
