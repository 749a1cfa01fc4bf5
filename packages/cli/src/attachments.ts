/** @file Files that go into a message. */
import { readFile, stat } from 'node:fs/promises'
import type { MediaCodecs } from '@tony/server'
import { type Part, TonyError } from 'tony'

/** What a message may carry besides text. */
export type AttachmentKind = 'image' | 'audio' | 'video'

/** Larger files are refused before they are read. */
const MAX_BYTES = 256 * 2 ** 20

/**
 * Reads a file as a part of a message.
 *
 * @throws TonyError that names the file.
 */
export async function attach(kind: AttachmentKind, path: string, media: MediaCodecs): Promise<Part> {
  const bytes = await readWhole(path)
  try {
    switch (kind) {
      case 'image':
        return { type: 'image', image: await media.decodeImage(bytes) }
      case 'audio':
        return { type: 'audio', audio: await media.decodeAudio(bytes) }
      case 'video':
        return { type: 'video', video: await media.decodeVideo(bytes) }
    }
  } catch (cause) {
    if (!(cause instanceof TonyError)) throw cause
    throw new TonyError(cause.code, `${path}: ${cause.message}`, { cause })
  }
}

async function readWhole(path: string): Promise<Uint8Array> {
  try {
    const info = await stat(path)
    if (!info.isFile()) throw new TonyError('invalid', `${path} is not a file`)
    if (info.size > MAX_BYTES) {
      throw new TonyError(
        'too_large',
        `${path} has ${info.size} bytes (expected at most ${MAX_BYTES}); send a shorter piece`,
      )
    }
    return await readFile(path)
  } catch (cause) {
    if (cause instanceof TonyError) throw cause
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    throw new TonyError(
      'io',
      missing ? `${path}: there is no such file` : `${path} cannot be read: ${(cause as Error).message}`,
      { cause },
    )
  }
}
