/** @file What the parts of labeling work with. */
import { createHash } from 'node:crypto'
import type { Store } from '../store/open.ts'
import type { AccountRole } from '../store/records.ts'

/** The open store, the time, and new ids. */
export interface LabelContext extends Store {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** A new unique id that begins with `prefix`. */
  readonly newId: (prefix: string) => string
}

/** Who asks. */
export interface Account {
  readonly id: string
  readonly name: string
  readonly role: AccountRole
}

/** The name of an account in labels and exports, which does not tell who it is. */
export function pseudonym(accountId: string): string {
  return `l_${sha256(accountId).slice(0, 16)}`
}

/** SHA-256 of text, hexadecimal. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
