/** @file API keys: only their hashes are held, and comparing takes the same time whatever matches. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { TonyError } from 'tony'

/** The keys that open the server. */
export interface KeyRing {
  /** How many keys there are; 0 means that the server is open to its own machine only. */
  readonly size: number
  /** SHA-256 of each, hexadecimal. */
  readonly hashes: readonly string[]
  /** Whether `key` is one of them. */
  accepts(key: string): boolean
}

/**
 * Makes a ring from keys, each in plain or as `sha256:` and 64 hexadecimal digits.
 *
 * @throws TonyError `invalid` for a key that is too short to be one, or a bad hash.
 */
export function makeKeyRing(keys: readonly string[]): KeyRing {
  const hashes = keys.map((key) => {
    if (key.startsWith('sha256:')) {
      const hex = key.slice(7)
      if (!/^[0-9a-f]{64}$/i.test(hex)) {
        throw new TonyError(
          'invalid',
          `keys: a hash of ${hex.length} characters (expected 64 hexadecimal digits after sha256:)`,
        )
      }
      return Buffer.from(hex, 'hex')
    }
    if (key.length < 8) throw new TonyError('invalid', `keys: a key of ${key.length} characters (expected at least 8)`)
    return sha256(key)
  })
  return {
    size: hashes.length,
    hashes: hashes.map((hash) => hash.toString('hex')),
    accepts: (key) => {
      const hash = sha256(key)
      let found = false
      for (const known of hashes) found = timingSafeEqual(known, hash) || found
      return found
    },
  }
}

/** Reads keys from text: one per line or separated by commas; `#` begins a comment. */
export function parseKeys(text: string): string[] {
  return text
    .split(/\r?\n/)
    .flatMap((line) => line.replace(/#.*/, '').split(','))
    .map((key) => key.trim())
    .filter((key) => key !== '')
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
