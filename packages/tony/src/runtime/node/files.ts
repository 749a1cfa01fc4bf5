/** @file The file interface on Node. */
import { randomBytes } from 'node:crypto'
import { appendFile, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { TonyError } from '../../util/errors.ts'
import { type Files, writeError } from '../../util/files.ts'

/** Files on the local disk. Writes are atomic: a temporary file beside the target, synced, then renamed. */
export const nodeFiles: Files = {
  async read(path) {
    try {
      return await readFile(path)
    } catch (cause) {
      if ((cause as { code?: string }).code === 'ENOENT') return undefined
      throw new TonyError('io', `cannot read ${path}: ${(cause as Error).message}`, { cause })
    }
  },
  async write(path, bytes) {
    // Two writers of one path, in one process or in two, must not share it.
    const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
    try {
      await mkdir(dirname(path), { recursive: true })
      const file = await open(temporary, 'w')
      try {
        await file.writeFile(bytes)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(temporary, path)
    } catch (cause) {
      await rm(temporary, { force: true })
      throw writeError(path, cause)
    }
  },
  async append(path, text) {
    try {
      await mkdir(dirname(path), { recursive: true })
      await appendFile(path, text)
    } catch (cause) {
      throw writeError(path, cause)
    }
  },
}
