/** @file Learning-rate schedules as plain functions of the step. */

export interface WsdSchedule {
  readonly peak: number
  readonly warmup: number
  /** Total steps. */
  readonly steps: number
  /** Share of the steps spent cooling down at the end. */
  readonly cooldown: number
  /** Last rate as a share of the peak. */
  readonly floor: number
}

/** Warmup, stable, decay (Hu et al. 2024, MiniCPM): a stage may branch off anywhere in the stable part. */
export function wsd({ peak, warmup, steps, cooldown, floor }: WsdSchedule): (step: number) => number {
  const start = steps * (1 - cooldown)
  return (step) => {
    if (step < warmup) return (peak * (step + 1)) / warmup
    if (step < start) return peak
    const done = Math.min(1, (step - start) / Math.max(1, steps - start))
    return peak * (1 - (1 - floor) * done)
  }
}

/** Warm-up from 0, then half a cosine from `peak` down to the share `floor` of it at `steps`. */
export function cosine({ peak, warmup, steps, floor }: Omit<WsdSchedule, 'cooldown'>): (step: number) => number {
  return (step) => {
    if (step < warmup) return (peak * (step + 1)) / warmup
    const share = Math.min(1, (step - warmup) / Math.max(1, steps - warmup))
    return peak * (floor + (1 - floor) * 0.5 * (1 + Math.cos(Math.PI * share)))
  }
}
