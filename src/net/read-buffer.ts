// The one buffer that every socket of a thread reads into. A chunk is borrowed: valid until the callback that brought it returns, because
// the next read of any socket overwrites it. Whoever could not hand a chunk to the kernel at once copies what is left of it.

/** Bytes a read can bring. 64 KiB is what libuv asks for by itself; larger ones cost more in page faults than they save in calls. */
export const READ_SIZE = 65_536

/** What reads fill; given to every socket as its `onread.buffer`, once and for good: a socket tells the system of it before it reads. */
export const readBuffer: Buffer = Buffer.allocUnsafeSlow(READ_SIZE)
let poisoned = false

// Views of the buffer from its start, by length: messages of one size come again and again, and a view costs more than a look-up.
const VIEWS_MAX = 2_048
const views: (Buffer | undefined)[] = Array.from({ length: VIEWS_MAX }, () => undefined)

/** The first `size` bytes of the buffer, which were just read. */
export function readView(size: number): Buffer {
  if (size >= VIEWS_MAX) return readBuffer.subarray(0, size)
  return (views[size] ??= readBuffer.subarray(0, size))
}

/** True when `chunk` lies in the buffer that the next read will overwrite. */
export const isBorrowed = (chunk: Buffer): boolean => chunk.buffer === readBuffer.buffer

/** For tests: overwrites the buffer after each read callback, so that whoever kept a borrowed chunk shows itself. */
export function poisonReads(on: boolean): void {
  poisoned = on
}

/** Called after each read callback. */
export function afterRead(size: number): void {
  if (poisoned) readBuffer.fill(0xdb, 0, size)
}
