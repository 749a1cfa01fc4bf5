/** @file The layers that everything learned in Tony is made of. */
import type { Tensor } from '../graph/node.ts'
import * as t from '../graph/ops.ts'
import type { Init, ParamScope } from './params.ts'

/** x [n, in] · W [in, out], without bias. */
export function linear(
  p: ParamScope,
  x: Tensor,
  { out, name = 'weight', init }: { out: number; name?: string; init?: Init },
): Tensor {
  const width = x.shape.at(-1) as number
  return t.matmul(x, p.param(name, [width, out], init ?? { kind: 'normal', std: 1 / Math.sqrt(width) }))
}

/** x [n, in] · W [in, out] + b [out]. */
export function linearBias(p: ParamScope, x: Tensor, { out, init }: { out: number; init?: Init }): Tensor {
  return t.add(
    linear(p, x, { out, ...(init === undefined ? {} : { init }) }),
    p.param('bias', [out], { kind: 'zeros' }),
  )
}

/** x / rms(x) over the last axis (Zhang & Sennrich 2019), times a learned gain [width] where `p` is given. */
export function rmsNorm(x: Tensor, p?: ParamScope, eps = 1e-6): Tensor {
  const normal = t.rmsNorm(x, eps)
  return p === undefined ? normal : t.mul(normal, p.param('weight', [x.shape.at(-1) as number], { kind: 'ones' }))
}

/** Rows of a learned table [size, width] by id. */
export function embedding(
  p: ParamScope,
  ids: Tensor,
  { size, width, std = 0.02 }: { size: number; width: number; std?: number },
): Tensor {
  return t.gather(p.param('weight', [size, width], { kind: 'normal', std }, false), ids)
}

/** SwiGLU feed-forward (Shazeer 2020): (silu(x·W_gate) * (x·W_up)) · W_down; `scale` shrinks the last matrix at the start. */
export function swiglu(p: ParamScope, x: Tensor, { hidden, scale = 1 }: { hidden: number; scale?: number }): Tensor {
  const width = x.shape.at(-1) as number
  const gate = linear(p.at('gate_proj'), x, { out: hidden })
  const up = linear(p.at('up_proj'), x, { out: hidden })
  return linear(p.at('down_proj'), t.mul(t.silu(gate), up), {
    out: width,
    init: { kind: 'normal', std: scale / Math.sqrt(hidden) },
  })
}

/** log(1 + eˣ) = max(x, 0) + log(1 + e^-|x|), which overflows nowhere: -log σ(-x). */
export function softplus(x: Tensor): Tensor {
  return t.add(t.relu(x), t.log(t.add(1, t.exp(t.neg(t.abs(x))))))
}

/** Binary cross-entropy of logits [n, classes] against `present` (0 or 1), summed over classes: [n]. */
export function multiLabelCrossEntropy(logits: Tensor, present: Tensor): Tensor {
  return t.reduceSum(t.sub(softplus(logits), t.mul(logits, present)), { axes: [1] })
}

/** Mean of `values` [n] weighted by `weights` [n]; 0 where all weights are 0. */
export function weightedMean(values: Tensor, weights: Tensor): Tensor {
  return t.div(t.reduceSum(t.mul(values, weights)), t.maximum(t.reduceSum(weights), 1e-6))
}
