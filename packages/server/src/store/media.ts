/** @file Sound and pictures in a folder, each named by the SHA-256 of its bytes. */
import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { TonyError } from 'tony'
import { nodeFiles } from 'tony/files/node'

/** Kinds of files that outputs are made of. */
export type MediaType = 'audio/wav' | 'image/png'

/** What a file's first bytes say it is; undefined for anything that is not held. */
export function mediaTypeOf(bytes: Uint8Array): MediaType | undefined {
  const ascii = (from: number, to: number): string => String.fromCharCode(...bytes.subarray(from, to))
  if (ascii(0, 4) === 'RIFF' && ascii(8, 12) === 'WAVE') return 'audio/wav'
  if (ascii(0, 8) === '\x89PNG\r\n\x1a\n') return 'image/png'
  return undefined
}

/** Whether text is a name in the folder. Nothing else ever becomes a path. */
export function isSha256(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text)
}

/** The folder. Files are never changed and the same bytes are kept once. */
export class MediaFolder {
  readonly #dir: string

  constructor(dir: string) {
    this.#dir = dir
  }

  /** Keeps a file and says its name. @throws TonyError `io` if it cannot be written. */
  async put(bytes: Uint8Array): Promise<string> {
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const path = this.#path(sha256)
    if (await this.has(sha256)) return sha256
    await nodeFiles.write(path, bytes)
    return sha256
  }

  /** Whether a file of that name is there. */
  async has(sha256: string): Promise<boolean> {
    return stat(this.#path(sha256)).then(
      (info) => info.isFile(),
      () => false,
    )
  }

  /** The bytes of a file; undefined if there is none. */
  async get(sha256: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    try {
      return new Uint8Array(await readFile(this.#path(sha256)))
    } catch (cause) {
      if ((cause as { code?: string }).code === 'ENOENT') return undefined
      throw new TonyError('io', `media: ${sha256} cannot be read: ${(cause as Error).message}`, { cause })
    }
  }

  /** Two characters of folder keep each folder small. */
  #path(sha256: string): string {
    if (!isSha256(sha256))
      throw new TonyError('invalid', 'media: a name that is not a SHA-256 (expected 64 hexadecimal digits)')
    return join(this.#dir, sha256.slice(0, 2), sha256)
  }
}
