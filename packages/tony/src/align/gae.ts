/** @file Advantages on the host: generalised advantage estimation and whitening (Schulman et al. 2016; Huang et al. 2023, "The N implementation details of RLHF with PPO"). */

/** Advantages and returns of one episode of `rewards` and `values`, one each per action; nothing follows the last. */
export function gae(
  rewards: ArrayLike<number>,
  values: ArrayLike<number>,
  { discount = 1, lambda = 0.95 }: { discount?: number; lambda?: number } = {},
): { advantages: Float32Array; returns: Float32Array } {
  const n = rewards.length
  const advantages = new Float32Array(n)
  const returns = new Float32Array(n)
  let last = 0
  for (let i = n - 1; i >= 0; i--) {
    const next = i + 1 < n ? values[i + 1]! : 0
    const delta = rewards[i]! + discount * next - values[i]!
    last = delta + discount * lambda * last
    advantages[i] = last
    // Taken before whitening: the critic learns returns in the reward's own unit.
    returns[i] = last + values[i]!
  }
  return { advantages, returns }
}

/** `values` scaled to variance 1 (population variance), and moved to mean 0 where `shiftMean`. */
export function whiten(
  values: ArrayLike<number>,
  { shiftMean = true }: { shiftMean?: boolean } = {},
): Float32Array<ArrayBuffer> {
  const all = Float64Array.from(values)
  const mean = all.reduce((sum, x) => sum + x, 0) / Math.max(1, all.length)
  const variance = all.reduce((sum, x) => sum + (x - mean) ** 2, 0) / Math.max(1, all.length)
  const scale = 1 / Math.sqrt(variance + 1e-8)
  return Float32Array.from(all, (x) => (x - mean) * scale + (shiftMean ? 0 : mean))
}

/** 1 - Var(returns - values) / Var(returns): how much of the returns the critic explains; NaN where they do not vary. */
export function explainedVariance(values: ArrayLike<number>, returns: ArrayLike<number>): number {
  const variance = (xs: number[]): number => {
    const mean = xs.reduce((sum, x) => sum + x, 0) / xs.length
    return xs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / xs.length
  }
  const target = Array.from(returns)
  return 1 - variance(target.map((x, i) => x - values[i]!)) / variance(target)
}

/**
 * The KL coefficient after `episodes` more episodes at `kl` nats each: it grows while the policy strays further than
 * `target`, by at most a fifth of `episodes / horizon` (Ziegler et al. 2019).
 */
export function adaptKl(
  beta: number,
  { kl, episodes, target, horizon }: { kl: number; episodes: number; target: number; horizon: number },
): number {
  const error = Math.max(-0.2, Math.min(0.2, kl / target - 1))
  return beta * (1 + (error * episodes) / horizon)
}
