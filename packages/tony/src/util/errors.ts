/** @file The one error class of the library. */

/** What kind of thing went wrong; callers may branch on it, the message is for people. */
export type ErrorCode =
  | 'shape' // shapes, dtypes or ranks that do not fit
  | 'invalid' // a value from outside that is wrong
  | 'not_found'
  | 'too_large'
  | 'unsupported'
  | 'missing_dependency'
  | 'aborted'
  | 'unavailable' // for now: the same may work in a moment
  | 'io'
  | 'internal'

/** An error with a code that says `where: what is wrong, got value (expected ...); what to do`. */
export class TonyError extends Error {
  readonly code: ErrorCode
  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(code === 'internal' ? `internal: ${message}` : message, options)
    this.name = 'TonyError'
    this.code = code
  }
}

/** Throws an `internal` error if `condition` is false. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new TonyError('internal', message)
}
