/** @file Reads files of 16-bit numbers, also those beyond the 2 GiB that Node's `readFileSync` takes. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

const PIECE = 2 ** 28

/** The numbers of a file from number `from` on, `count` of them or as many as there are; an odd last byte is left. */
export function readSamples(path: string, from = 0, count: number = Number.POSITIVE_INFINITY): Int16Array {
  const file = openSync(path, 'r')
  try {
    // Not by shifts, which are of 32 bits.
    const left = Math.max(0, Math.floor(fstatSync(file).size / 2) - from)
    const samples = new Int16Array(Math.min(count, left))
    const bytes = new Uint8Array(samples.buffer)
    for (let at = 0; at < bytes.length; ) {
      const read = readSync(file, bytes, at, Math.min(PIECE, bytes.length - at), 2 * from + at)
      // Cut off meanwhile: zeros stand for the rest.
      if (read === 0) break
      at += read
    }
    return samples
  } finally {
    closeSync(file)
  }
}
