// The codings that bodies are sent in, and what each costs at each level: one table, with the numbers that it was chosen by.
import {
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createGzip,
  createZstdCompress,
  gzipSync,
  zstdCompressSync,
  type BrotliCompress,
  type Gzip,
  type ZstdCompress,
} from 'node:zlib'

export type CodingName = 'zstd' | 'br' | 'gzip'
export type Level = 'fast' | 'balanced' | 'small'

export interface Coding {
  readonly name: CodingName
  /** A whole body at once, in this thread. */
  whole(body: Buffer): Buffer
  /** A compressor that works in the pool of threads. `flushing`: whatever is written comes out at once. */
  stream(flushing: boolean): Gzip | BrotliCompress | ZstdCompress
}

/**
 * Microseconds and bytes for 36 KiB of JSON on one core (Node 26):
 *
 *   zstd 1: 115, 7,392   zstd 3: 130, 7,079   zstd 6: 420, 6,819
 *   br   1: 106, 7,762   br   4: 447, 7,441   br   6: 790, 6,316
 *   gzip 1: 167, 8,320   gzip 4: 343, 7,181   gzip 6: 827, 6,407
 *
 * The usual gzip 6 takes more than twice the time of 4 for a tenth of the bytes; zstd 3 costs no more than 1.
 */
const LEVELS: Readonly<Record<Level, Readonly<Record<CodingName, number>>>> = {
  fast: { zstd: 1, br: 1, gzip: 1 },
  balanced: { zstd: 3, br: 4, gzip: 4 },
  small: { zstd: 6, br: 6, gzip: 6 },
}

// Windows of 128 and 256 KiB bound what a compressor holds to some 0.7 MiB, and reach across any answer that is worth it.
const ZSTD_WINDOW = 17
const BROTLI_WINDOW = 18

/** The coding called so, at a level. */
export function codingOf(name: CodingName, level: Level): Coding {
  const value = LEVELS[level][name]
  switch (name) {
    case 'zstd': {
      const params = { [constants.ZSTD_c_compressionLevel]: value, [constants.ZSTD_c_windowLog]: ZSTD_WINDOW }
      return {
        name,
        whole: (body) => zstdCompressSync(body, { params }),
        stream: (flushing) => createZstdCompress({ params, ...(flushing && { flush: constants.ZSTD_e_flush }) }),
      }
    }
    case 'br': {
      const params = { [constants.BROTLI_PARAM_QUALITY]: value, [constants.BROTLI_PARAM_LGWIN]: BROTLI_WINDOW }
      return {
        name,
        whole: (body) => brotliCompressSync(body, { params: { ...params, [constants.BROTLI_PARAM_SIZE_HINT]: body.length } }),
        stream: (flushing) => createBrotliCompress({ params, ...(flushing && { flush: constants.BROTLI_OPERATION_FLUSH }) }),
      }
    }
    case 'gzip':
      return {
        name,
        whole: (body) => gzipSync(body, { level: value }),
        stream: (flushing) => createGzip({ level: value, ...(flushing && { flush: constants.Z_SYNC_FLUSH }) }),
      }
    default:
      return name satisfies never
  }
}
