/** @file The few file operations that training needs, so that the library itself stays free of any platform. */
import { TonyError } from './errors.ts'

export interface Files {
  /** The whole file, or `undefined` if there is none. */
  read(path: string): Promise<Uint8Array | undefined>
  /** Writes to a temporary name and renames, so that a reader never sees half a file. */
  write(path: string, bytes: Uint8Array): Promise<void>
  append(path: string, text: string): Promise<void>
}

/** The error of a file that cannot be written, in words that say what to do. */
export function writeError(path: string, cause: unknown): TonyError {
  const { code, message } = cause as { code?: string; message?: string }
  const why = code === 'ENOSPC' ? 'the disk is full; free some space and resume' : (message ?? String(cause))
  return new TonyError('io', `cannot write ${path}: ${why}`, { cause })
}
