/** @file Reads files of 16-bit numbers, also those beyond the 2 GiB that Node's `readFileSync` takes. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

const PIECE = 2 ** 28

/** All whole numbers of a file; an odd last byte is left. */
export function readSamples(path: string): Int16Array {
  const file = openSync(path, 'r')
  try {
    const samples = new Int16Array(fstatSync(file).size >> 1)
    const bytes = new Uint8Array(samples.buffer)
    for (let at = 0; at < bytes.length; ) {
      const read = readSync(file, bytes, at, Math.min(PIECE, bytes.length - at), at)
      // Cut off meanwhile: zeros stand for the rest.
      if (read === 0) break
      at += read
    }
    return samples
  } finally {
    closeSync(file)
  }
}
