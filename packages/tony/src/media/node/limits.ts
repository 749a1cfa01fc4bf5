/** @file How much a file from outside may ask of this machine. */
import { TonyError } from '../../util/errors.ts'

/** Bounds on one file. */
export interface MediaLimits {
  /** Bytes of the file; default 32 MiB. */
  readonly maxBytes?: number
  /** Seconds of sound or video; default 600. */
  readonly maxSeconds?: number
  /** Pixels of one picture or frame; default 40 million. */
  readonly maxPixels?: number
}

/** The bounds that hold where none are given. */
export const defaultLimits: Required<MediaLimits> = { maxBytes: 32 * 2 ** 20, maxSeconds: 600, maxPixels: 40_000_000 }

/** @throws TonyError `invalid` for an empty file, `too_large` for one of more than `maxBytes`. */
export function checkBytes(what: string, bytes: Uint8Array, maxBytes: number): void {
  if (bytes.length === 0) throw new TonyError('invalid', `${what}: the file is empty; send a whole file`)
  if (bytes.length > maxBytes) {
    throw new TonyError(
      'too_large',
      `${what}: the file has ${bytes.length} bytes (at most ${maxBytes}); send a smaller one`,
    )
  }
}

/** @throws TonyError `too_large` for more than `maxSeconds`. */
export function checkSeconds(what: string, seconds: number, maxSeconds: number): void {
  if (seconds > maxSeconds) {
    throw new TonyError(
      'too_large',
      `${what}: it lasts ${Math.round(seconds)} s (at most ${maxSeconds} s); cut it into parts`,
    )
  }
}

/** @throws TonyError `too_large` for more than `maxPixels`. */
export function checkPixels(what: string, width: number, height: number, maxPixels: number): void {
  if (width * height > maxPixels) {
    throw new TonyError(
      'too_large',
      `${what}: ${width}×${height} pixels (at most ${maxPixels} in all); send a smaller one`,
    )
  }
}

/** A decoder's complaint as one sentence; our own errors pass as they are. */
export function asMediaError(cause: unknown, sentence: string): TonyError {
  return cause instanceof TonyError ? cause : new TonyError('invalid', sentence, { cause })
}

/** Whether the bytes have this text (one character a byte) at a position. */
export function hasMark(bytes: Uint8Array, at: number, mark: string): boolean {
  for (let i = 0; i < mark.length; i++) if (bytes[at + i] !== mark.charCodeAt(i)) return false
  return true
}
