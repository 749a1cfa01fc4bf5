/** @file Ctrl-C and its kin. */

/** Under `npm run` one Ctrl-C arrives twice: from the terminal, and once more from npm. */
const SAME = 500

/**
 * Calls `stop` at the first SIGINT or SIGTERM; the next one ends the process at once.
 *
 * @returns what takes the handlers away again.
 */
export function onStop(stop: (signal: NodeJS.Signals) => void, now: () => number): () => void {
  let first: number | undefined
  const handle = (signal: NodeJS.Signals): void => {
    if (first === undefined) {
      first = now()
      stop(signal)
    } else if (now() - first > SAME) process.exit(130)
  }
  process.on('SIGINT', handle)
  process.on('SIGTERM', handle)
  return () => {
    process.off('SIGINT', handle)
    process.off('SIGTERM', handle)
  }
}
