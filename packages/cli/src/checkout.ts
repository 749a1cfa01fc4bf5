/** @file Where the repository lies that this command runs from. */
import { join, resolve } from 'node:path'

/** The root of the checkout: the same three folders up from `src/` and from `dist/`. */
export const checkoutRoot: string = resolve(import.meta.dirname, '../../..')

/** Where a thing of the checkout may be: first below the current folder, then below the checkout. */
export function candidates(path: string): string[] {
  return [...new Set([resolve(path), join(checkoutRoot, path)])]
}
