/** @file The iteration of PPO that bench/ppo measures. */

export interface PpoCase {
  readonly vocab: number
  readonly width: number
  readonly layers: number
  readonly heads: number
  readonly hidden: number
  /** Positions of a prompt, with the two control tokens that begin an answer, and of an answer. */
  readonly prompt: number
  readonly answer: number
  readonly rollouts: number
  readonly minibatch: number
  readonly threads: number
}

export const ppoCase: Omit<PpoCase, 'threads'> = {
  vocab: 4096,
  width: 256,
  layers: 6,
  heads: 4,
  hidden: 704,
  prompt: 16,
  answer: 48,
  rollouts: 128,
  minibatch: 64,
}
