/** @file The part of the platform's `AbortSignal` that the library uses. */

/** Any `AbortSignal` fits. */
export interface AbortLike {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}
