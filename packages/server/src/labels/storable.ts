/** @file Text that PostgreSQL can hold. */
import { invalid } from '../errors.ts'

/** Refuses what PostgreSQL has no place for: the character 0, and halves of surrogate pairs. @throws ApiError 400. */
export function requireStorable<T>(value: T): T {
  if (typeof value === 'string') {
    // With the flag u, \p{Surrogate} matches only halves that stand alone.
    if (/\0|\p{Surrogate}/u.test(value))
      throw invalid('A text has a character that cannot be stored (NUL or half of a surrogate pair).')
  } else if (Array.isArray(value)) {
    for (const inner of value) requireStorable(inner)
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      requireStorable(key)
      requireStorable(inner)
    }
  }
  return value
}
