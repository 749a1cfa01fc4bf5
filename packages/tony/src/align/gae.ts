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
  const { mean, variance } = moments(values)
  const scale = 1 / Math.sqrt(variance + 1e-8)
  return Float32Array.from(values, (x) => (x - mean) * scale + (shiftMean ? 0 : mean))
}

/** Mean and population variance. */
export function moments(values: ArrayLike<number>): { mean: number; variance: number } {
  const average = (of: (x: number) => number): number => {
    let total = 0
    for (let i = 0; i < values.length; i++) total += of(values[i]!)
    return total / Math.max(1, values.length)
  }
  const mean = average((x) => x)
  return { mean, variance: average((x) => (x - mean) ** 2) }
}

/** 1 - Var(returns - values) / Var(returns): how much of the returns the critic explains; NaN where they do not vary. */
export function explainedVariance(values: ArrayLike<number>, returns: ArrayLike<number>): number {
  const errors = Array.from(returns, (x, i) => x - values[i]!)
  return 1 - moments(errors).variance / moments(returns).variance
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
