/** @file Which keys have consented, as a small file beside a store of PGlite: who has not must not make a server open its database. */
import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { nodeFiles } from 'tony/files/node'
import { z } from 'zod'

const file = z.object({ keys: z.array(z.string()) })

/** Hashes of the keys that had consented when the file was written; undefined if there is none that can be read. */
export function readConsents(dir: string): ReadonlySet<string> | undefined {
  try {
    return new Set(file.parse(JSON.parse(readFileSync(pathOf(dir), 'utf8'))).keys)
  } catch {
    return undefined
  }
}

/** Writes the file; where that fails there is none, rather than one that is out of date. */
export async function writeConsents(dir: string, keys: ReadonlySet<string>): Promise<void> {
  try {
    await nodeFiles.write(pathOf(dir), new TextEncoder().encode(`${JSON.stringify({ keys: [...keys].sort() })}\n`))
  } catch {
    await rm(pathOf(dir), { force: true }).catch(() => {})
  }
}

function pathOf(dir: string): string {
  return join(dir, 'consents.json')
}
