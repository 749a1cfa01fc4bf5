/** @file What a command talks through. */
import type { Readable, Writable } from 'node:stream'

/** Standard streams, environment and clock; tests give their own. */
export interface Terminal {
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number }
  readonly stderr: Writable & { readonly isTTY?: boolean }
  readonly env: Readonly<Record<string, string | undefined>>
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** A model may write any byte; a terminal obeys some of them. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (char) => (char === '\n' || char === '\t' ? char : ''))
}

/** A text without its line breaks. */
export function onOneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ')
}
