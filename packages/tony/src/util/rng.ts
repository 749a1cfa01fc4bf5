/** @file Seeded random numbers: same seed, same numbers, on every platform. */

/** A small, fast generator (sfc32) whose state can be saved and restored. */
export interface Rng {
  /** Uniform in [0, 1). */
  next(): number
  /** Uniform integer in [0, n). */
  int(n: number): number
  /** Standard normal. */
  normal(): number
  /** One element of a non-empty list. */
  pick<T>(items: readonly T[]): T
  /** A new, independent generator derived from this one and `salt`. */
  fork(salt: number): Rng
  /** Four 32-bit words; give them to `rngFromState` to go on from here. */
  state(): [number, number, number, number]
}

/** Makes a generator from a seed (any 53-bit integer). */
export function makeRng(seed: number): Rng {
  const lo = seed >>> 0
  const hi = Math.floor(seed / 2 ** 32) >>> 0
  const rng = rngFromState([lo ^ 0x9e3779b9, hi ^ 0x243f6a88, lo ^ 0xb7e15162, 1])
  for (let i = 0; i < 15; i++) rng.next()
  return rng
}

/** Makes a generator that continues from a saved state. */
export function rngFromState(words: readonly [number, number, number, number]): Rng {
  let [a, b, c, d] = words
  const next32 = (): number => {
    a |= 0
    b |= 0
    c |= 0
    d |= 0
    const t = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + t) | 0
    return t >>> 0
  }
  const rng: Rng = {
    next: () => next32() / 2 ** 32,
    int: (n) => Math.floor((next32() / 2 ** 32) * n),
    normal: () => Math.sqrt(-2 * Math.log(1 - rng.next())) * Math.cos(2 * Math.PI * rng.next()),
    pick: (items) => items[rng.int(items.length)]!,
    fork: (salt) => makeRng(next32() * 2 ** 20 + (salt >>> 0)),
    state: () => [a >>> 0, b >>> 0, c >>> 0, d >>> 0],
  }
  return rng
}

/** `items` in a random order. */
export function shuffled<T>(items: readonly T[], rng: Rng): T[] {
  const order = [...items]
  for (let i = order.length - 1; i > 0; i--) {
    const j = rng.int(i + 1)
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  return order
}

/** One of a non-empty list of values with their weights, each as likely as its weight against the sum of all. */
export function pickWeighted<T>(rng: Rng, choices: readonly (readonly [weight: number, value: T])[]): T {
  let left = rng.next() * choices.reduce((sum, [weight]) => sum + weight, 0)
  for (const [weight, value] of choices) {
    left -= weight
    if (left < 0) return value
  }
  return choices.at(-1)![1]
}

/** The one of `items` whose share holds `at` where they lie end to end; nothing beyond the last. */
export function shareAt<T extends { readonly share: number }>(items: readonly T[], at: number): T | undefined {
  let left = at
  return items.find(({ share }) => {
    left -= share
    return left < 0
  })
}
