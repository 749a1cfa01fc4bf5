/**
 * @file How sound enters the network: one position hears 320 ms, four times its own share, and a small feed-forward network
 * turns that into a row. No position needs another one's row for it, so live sound needs no state besides the cache.
 */
import type { Tensor } from '../../graph/node.ts'
import * as t from '../../graph/ops.ts'
import { linearBias, rmsNorm, swiglu } from '../../nn/layers.ts'
import type { ParamScope } from '../../nn/params.ts'
import { productOf } from '../../tensor/shape.ts'
import type { OmniConfig } from './config.ts'
import { WINDOW_PATCHES } from './windows.ts'

const WIDTH = 384
const LAYERS = 2

/** Mixes what a window shows: x [n, WIDTH] to rows [n, width]. */
function mix(p: ParamScope, x: Tensor, config: OmniConfig): Tensor {
  let y = x
  for (let i = 0; i < LAYERS; i++) {
    const layer = p.at('layers').at(i)
    y = t.add(y, swiglu(layer.at('mlp'), rmsNorm(y, layer.at('norm')), { hidden: 512, scale: 0.5 }))
  }
  return linearBias(p.at('out'), rmsNorm(y, p.at('norm')), { out: config.block.width })
}

/** Windows [n, melWindow] of four patches to rows [n, width]. Each patch passes through the same first layer. */
export function embedAudio(p: ParamScope, mel: Tensor, config: OmniConfig): Tensor {
  const n = mel.shape[0]!
  const patches = t.reshape(mel, [productOf([n, WINDOW_PATCHES]), config.melWindow / WINDOW_PATCHES])
  const each = t.silu(linearBias(p.at('patch'), patches, { out: 192 }))
  return mix(p, linearBias(p.at('join'), t.reshape(each, [n, WINDOW_PATCHES * 192]), { out: WIDTH }), config)
}
