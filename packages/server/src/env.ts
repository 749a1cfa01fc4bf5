/** @file Server settings from environment variables. */
import { readFile } from 'node:fs/promises'
import { TonyError } from 'tony'
import { type KeyRing, makeKeyRing, parseKeys } from './keys.ts'

/** What the environment may set; options given in code or on the command line go before it. */
export interface EnvironmentOptions {
  readonly port?: number
  readonly host?: string
  readonly keys: KeyRing
  readonly corsOrigins: readonly string[]
}

/**
 * Reads `TONY_PORT`, `TONY_HOST`, `TONY_API_KEYS` (separated by commas), `TONY_API_KEYS_FILE` (one per line, plain or
 * `sha256:HEX`) and `TONY_CORS_ORIGINS` (separated by commas).
 *
 * @throws TonyError `invalid` for a bad value, `io` for a keys file that cannot be read.
 */
export async function environmentOptions(
  env: Readonly<Record<string, string | undefined>>,
): Promise<EnvironmentOptions> {
  const keys = parseKeys(env['TONY_API_KEYS'] ?? '')
  const file = env['TONY_API_KEYS_FILE']
  if (file !== undefined && file !== '') {
    const fromFile = parseKeys(await readKeysFile(file))
    // A file without keys must not open the server to everyone on this machine unnoticed.
    if (fromFile.length === 0) throw new TonyError('invalid', `TONY_API_KEYS_FILE: ${file} has no key in it`)
    keys.push(...fromFile)
  }
  const port = env['TONY_PORT']
  const host = env['TONY_HOST']
  return {
    keys: makeKeyRing(keys),
    corsOrigins: parseKeys(env['TONY_CORS_ORIGINS'] ?? '').map(checkOrigin),
    ...(port === undefined || port === '' ? {} : { port: checkPort(port) }),
    ...(host === undefined || host === '' ? {} : { host }),
  }
}

async function readKeysFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new TonyError('io', `TONY_API_KEYS_FILE: ${file} cannot be read`, { cause })
  }
}

function checkPort(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 0 && port <= 65535) return port
  throw new TonyError('invalid', `TONY_PORT: ${JSON.stringify(text)} (expected 0 to 65535)`)
}

function checkOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url !== undefined && url.origin === text) return text
  throw new TonyError(
    'invalid',
    `TONY_CORS_ORIGINS: ${JSON.stringify(text)} is not an origin (expected like https://example.org)`,
  )
}
