// The one buffer that every socket of a thread reads into. A chunk is borrowed: valid until the callback that brought it returns.
// Whoever could not hand a chunk to the kernel at once keeps the buffer, and the thread reads into a new one.

/** Bytes a read can bring. 64 KiB is what libuv asks for by itself; larger ones cost more in page faults than they save in calls. */
export const READ_SIZE = 65_536
// Buffers that came back from a write queue wait here instead of for the garbage collector.
const SPARE_MAX = 8

let current: Buffer = Buffer.allocUnsafeSlow(READ_SIZE)
const spare: Buffer[] = []
let poisoned = false

/** The buffer that the next read fills; given to every socket as its `onread.buffer`. */
export const readBuffer = (): Buffer => current

// Views of the current buffer from its start, by length: messages of one size come again and again, and a view costs more than a look-up.
const VIEWS_MAX = 2_048
let views: (Buffer | undefined)[] = []

/** The first `size` bytes of the buffer that was just read into. */
export function readView(buffer: Buffer, size: number): Buffer {
  if (size >= VIEWS_MAX || buffer !== current) return buffer.subarray(0, size)
  return (views[size] ??= buffer.subarray(0, size))
}

/** True when `chunk` lies in the buffer that the next read will overwrite. */
export const isBorrowed = (chunk: Buffer): boolean => chunk.buffer === current.buffer

/** The current buffer is left to whoever holds a chunk of it; reads go to another from now on. Returns the one that was left. */
export function keepReadBuffer(): Buffer {
  const kept = current
  views = []
  current = spare.pop() ?? Buffer.allocUnsafeSlow(READ_SIZE)
  return kept
}

/** Takes a kept buffer back once nothing refers to it any more. */
export function returnReadBuffer(kept: Buffer): void {
  if (spare.length < SPARE_MAX) spare.push(kept)
}

/** For tests: overwrites the buffer after each read callback, so that whoever kept a borrowed chunk shows itself. */
export function poisonReads(on: boolean): void {
  poisoned = on
}

/** Called after each read callback with the buffer that was read into. */
export function afterRead(buffer: Buffer, size: number): void {
  if (poisoned && buffer === current) buffer.fill(0xdb, 0, size)
}
