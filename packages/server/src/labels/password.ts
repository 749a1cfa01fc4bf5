/** @file Passwords: only salted scrypt hashes are stored, and comparing takes the same time whatever matches. */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

/** OWASP's advice for scrypt with 32 MB: N = 2^15, r = 8, p = 3. */
const cost = { N: 2 ** 15, r: 8, p: 3 }

/** The hash of a password with a new salt: `scrypt$N$r$p$salt$hash`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const hash = await derive(password, salt, cost)
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64url'), hash.toString('base64url')].join('$')
}

/** Whether `password` is the one that was hashed. A hash of another form matches nothing. */
export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const [scheme, N, r, p, salt, hash] = stored.split('$')
  if (scheme !== 'scrypt' || salt === undefined || hash === undefined) return false
  const expected = Buffer.from(hash, 'base64url')
  const found = await derive(password, Buffer.from(salt, 'base64url'), { N: Number(N), r: Number(r), p: Number(p) })
  return expected.length === found.length && timingSafeEqual(expected, found)
}

function derive(password: string, salt: Buffer, { N, r, p }: typeof cost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // The same letters may be typed as different code points; a bit more memory is allowed than the 128 * N * r needed.
    scrypt(password.normalize('NFKC'), salt, 32, { N, r, p, maxmem: 160 * N * r }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    )
  })
}
