// The size of libuv's pool, which all threads of the process share.
import { availableParallelism } from 'node:os'

/**
 * Sizes the pool; called before anything uses it, since it is made at its first use. File reads, log writes, look-ups, compression and
 * password hashes queue there: Node's four let one kind starve the others (R52). What the user has set stands.
 */
export function sizeThreadPool(): void {
  process.env['UV_THREADPOOL_SIZE'] ??= String(Math.max(8, 2 * availableParallelism()))
}
