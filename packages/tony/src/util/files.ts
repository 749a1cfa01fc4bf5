/** @file The few file operations that training needs, so that the library itself stays free of any platform. */

export interface Files {
  /** The whole file, or `undefined` if there is none. */
  read(path: string): Promise<Uint8Array | undefined>
  /** Writes to a temporary name and renames, so that a reader never sees half a file. */
  write(path: string, bytes: Uint8Array): Promise<void>
  append(path: string, text: string): Promise<void>
}
