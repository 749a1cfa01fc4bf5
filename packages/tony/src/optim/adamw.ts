/** @file AdamW with decoupled decay (Loshchilov & Hutter 2019) and global-norm clipping, as part of the program. */
import type { Tensor } from '../graph/node.ts'
import * as t from '../graph/ops.ts'
import type { ParamSpec } from '../nn/params.ts'

export interface AdamWConfig {
  readonly beta1: number
  readonly beta2: number
  readonly eps: number
  /** Multiplied with the learning rate. */
  readonly weightDecay: number
  /** Largest global norm of the gradients. */
  readonly clip: number
}

export const adamWDefaults: AdamWConfig = { beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0.1, clip: 1 }

/** Global L2 norm over all gradients. */
export function globalNorm(gradients: readonly Tensor[]): Tensor {
  return t.sqrt(gradients.map((g) => t.reduceSum(t.mul(g, g))).reduce((a, b) => t.add(a, b)))
}

export interface OptimizerInputs {
  /** Learning rate of this step. */
  readonly rate: Tensor
  /** 1 - beta1^step and 1 - beta2^step. */
  readonly correction1: Tensor
  readonly correction2: Tensor
}

/** New parameters and moments, and the norm of the gradients before clipping. */
export function adamW(
  params: readonly { readonly spec: ParamSpec; readonly tensor: Tensor }[],
  gradients: readonly Tensor[],
  { rate, correction1, correction2 }: OptimizerInputs,
  { beta1, beta2, eps, weightDecay, clip }: AdamWConfig = adamWDefaults,
): { updates: { name: string; param: Tensor; moment1: Tensor; moment2: Tensor }[]; norm: Tensor } {
  const norm = globalNorm(gradients)
  const shrink = t.minimum(t.div(clip, t.add(norm, 1e-6)), 1)
  // Scalars are folded together first, so that each parameter is passed over as few times as possible.
  const gain1 = t.mul(shrink, 1 - beta1)
  const gain2 = t.mul(t.mul(shrink, shrink), 1 - beta2)
  const step = t.div(rate, correction1)
  const root = t.sqrt(correction2)
  const updates = params.map(({ spec, tensor }, i) => {
    const g = gradients[i]!
    const m = t.input(`m/${spec.name}`, 'float32', spec.shape)
    const v = t.input(`v/${spec.name}`, 'float32', spec.shape)
    const moment1 = t.add(t.mul(m, beta1), t.mul(g, gain1))
    const moment2 = t.add(t.mul(v, beta2), t.mul(t.mul(g, g), gain2))
    const delta = t.mul(t.div(moment1, t.add(t.div(t.sqrt(moment2), root), eps)), step)
    const kept = spec.decay && weightDecay > 0 ? t.mul(tensor, t.sub(1, t.mul(rate, weightDecay))) : tensor
    return { name: spec.name, param: t.sub(kept, delta), moment1, moment2 }
  })
  return { updates, norm }
}
