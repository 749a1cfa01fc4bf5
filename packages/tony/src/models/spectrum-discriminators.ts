/**
 * @file Discriminators of spectrograms: small networks that learn to tell recorded sound from decoded sound, and the losses
 * that ask a decoder for sound which they cannot tell (Goodfellow et al. 2014; hinge losses and feature matching as in
 * EnCodec, Défossez et al. 2022). Distances to the original reward what lies between all spectra that the codes allow: where
 * the pitch is not quite known, the harmonics blur and the inversion makes noise of them. A discriminator sees that.
 */
import type { Tensor } from '../graph/node.ts'
import * as t from '../graph/ops.ts'
import { linearBias } from '../nn/layers.ts'
import { ParamScope } from '../nn/params.ts'
import { MAGNITUDE_BINS } from './log-bands.ts'

/** Tiles of `frames` times `bins` values that one discriminator judges, the first one `shift` frames from the start. */
interface Tiling {
  readonly frames: number
  readonly bins: number
  readonly shift: number
}

/** From whole spectra of 10 ms to 160 ms of narrow bands; shifts let some tiles lie across the borders of positions. */
const TILINGS: readonly Tiling[] = [
  { frames: 1, bins: 256, shift: 0 },
  { frames: 4, bins: 64, shift: 2 },
  { frames: 16, bins: 32, shift: 4 },
]
const WIDTH = 256

/** What one discriminator says of every tile, and the hidden values on the way. */
interface Judged {
  readonly logits: Tensor
  readonly features: readonly Tensor[]
}

/** Parameters of another scope that no gradient reaches. */
class StillScope extends ParamScope {
  private readonly moving: ParamScope
  constructor(moving: ParamScope) {
    super(moving.prefix)
    this.moving = moving
  }

  override at(name: string | number): StillScope {
    return new StillScope(this.moving.at(name))
  }

  override param(...args: Parameters<ParamScope['param']>): Tensor {
    return t.stopGradient(this.moving.param(...args))
  }
}

function judge(
  p: ParamScope,
  spectra: Tensor,
  { batch, frames: span }: { batch: number; frames: number },
  { frames, bins, shift }: Tiling,
): Judged {
  const used = Math.floor((span - shift) / frames) * frames
  const bands = (MAGNITUDE_BINS - 1) / bins
  const tiles = batch * (used / frames)
  const x = t.slice(
    t.slice(t.reshape(spectra, [batch, span, MAGNITUDE_BINS]), 1, shift, shift + used),
    2,
    0,
    bands * bins,
  )
  const cut = t.transpose(t.reshape(x, [tiles, frames, bands, bins]), [0, 2, 1, 3])
  // Log magnitudes of speech lie between -7 and 6.
  const values = t.mul(t.reshape(cut, [tiles * bands, frames * bins]), 0.3)
  const place = p.param('place', [bands, WIDTH], { kind: 'normal', std: 0.5 }, false)
  const opened = t.reshape(linearBias(p.at(0), values, { out: WIDTH }), [tiles, bands, WIDTH])
  const first = t.silu(t.reshape(t.add(opened, place), [tiles * bands, WIDTH]))
  const second = t.silu(linearBias(p.at(1), first, { out: WIDTH }))
  return { logits: linearBias(p.at(2), second, { out: 1 }), features: [first, second] }
}

const meanOf = (values: readonly Tensor[]): Tensor =>
  t.div(
    values.reduce((a, b) => t.add(a, b)),
    values.length,
  )

/**
 * Losses of decoded log magnitudes `made` against recorded ones `real`, both `batch` clips of `frames` frames of 10 ms with
 * 257 bins, in any shape.
 *
 * @returns `tell`, which trains the discriminators alone (2 where they cannot tell, 0 where they can with a margin), and what trains
 * the decoder alone: `fool`, the negative mean of their logits, and `features`, how far their hidden values are apart
 * relative to their size.
 */
export function discriminatorLosses(
  p: ParamScope,
  { made, real }: { readonly made: Tensor; readonly real: Tensor },
  shape: { readonly batch: number; readonly frames: number },
): { tell: Tensor; fool: Tensor; features: Tensor } {
  const parts = TILINGS.map((tiling, i) => {
    const own = p.at(i)
    const recorded = judge(own, real, shape, tiling)
    const decoded = judge(own, t.stopGradient(made), shape, tiling)
    const asked = judge(new StillScope(own), made, shape, tiling)
    return {
      tell: t.add(t.reduceMean(t.relu(t.sub(1, recorded.logits))), t.reduceMean(t.relu(t.add(1, decoded.logits)))),
      fool: t.neg(t.reduceMean(asked.logits)),
      features: meanOf(
        asked.features.map((value, k) => {
          const wanted = t.stopGradient(recorded.features[k]!)
          return t.div(t.reduceMean(t.abs(t.sub(value, wanted))), t.reduceMean(t.abs(wanted)))
        }),
      ),
    }
  })
  return {
    tell: meanOf(parts.map(({ tell }) => tell)),
    fool: meanOf(parts.map(({ fool }) => fool)),
    features: meanOf(parts.map(({ features }) => features)),
  }
}
