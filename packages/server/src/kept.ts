/** @file Answers that a client may name or ask for again. */
import { LRUCache } from 'lru-cache'

/** How long they are kept, in milliseconds. */
export const KEEP_MS: number = 60 * 60_000

/**
 * Keeps what was used last up to `maxBytes`, each for an hour at most by the clock `now` (milliseconds). What is larger than
 * all the room is not kept.
 */
export function makeKept<V extends object>(options: {
  readonly maxBytes: number
  readonly now: () => number
  readonly bytesOf: (value: V) => number
}): LRUCache<string, V> {
  const { maxBytes, now, bytesOf } = options
  return new LRUCache({ maxSize: maxBytes, sizeCalculation: bytesOf, ttl: KEEP_MS, ttlResolution: 0, perf: { now } })
}
