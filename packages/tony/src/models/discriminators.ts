/**
 * @file Discriminators of sound and pictures: small networks that learn to tell what was recorded from what was decoded, and
 * the losses that ask a decoder for what they cannot tell (Goodfellow et al. 2014; hinge losses and feature matching as in
 * EnCodec, Défossez et al. 2022). Distances to the original reward what lies between everything that the codes allow: where
 * the pitch is not quite known, harmonics blur and the inversion makes noise of them. A discriminator sees that.
 */
import type { Tensor } from '../graph/node.ts'
import * as t from '../graph/ops.ts'
import { linearBias } from '../nn/layers.ts'
import { ParamScope } from '../nn/params.ts'
import { MAGNITUDE_BINS } from './log-bands.ts'

/** What one discriminator looks at: rows [n · places, values] of a signal, those of its `places` one after the other. */
export interface Tiling {
  readonly places: number
  readonly cut: (signal: Tensor) => Tensor
}

/**
 * Tiles of `batch` clips of `span` frames of 10 ms with 257 log magnitudes, from whole spectra of one frame to 160 ms of
 * narrow bands; shifts let some lie across the borders of positions. The highest bin is left out.
 */
export function spectrumTilings({ batch, span }: { readonly batch: number; readonly span: number }): Tiling[] {
  return [
    { frames: 1, bins: 256, shift: 0 },
    { frames: 4, bins: 64, shift: 2 },
    { frames: 16, bins: 32, shift: 4 },
  ].map(({ frames, bins, shift }) => {
    const used = Math.floor((span - shift) / frames) * frames
    const tiles = batch * (used / frames)
    const bands = (MAGNITUDE_BINS - 1) / bins
    return {
      places: bands,
      cut(spectra) {
        const whole = t.reshape(spectra, [batch, span, MAGNITUDE_BINS])
        const kept = t.slice(t.slice(whole, 1, shift, shift + used), 2, 0, bands * bins)
        const cut = t.transpose(t.reshape(kept, [tiles, frames, bands, bins]), [0, 2, 1, 3])
        // Log magnitudes of speech lie between -7 and 6.
        return t.mul(t.reshape(cut, [tiles * bands, frames * bins]), 0.3)
      },
    }
  })
}

/** Sides of a picture and of a patch in pixels. */
const [SIDE, PATCH] = [64, 8]

/** Tiles of `batch` 64×64 pictures that are given as patches [batch · 64, 192]: squares of 8, 16 and 32 pixels, all but the largest across the borders of patches. */
export function pictureTilings(batch: number): Tiling[] {
  return [
    { size: 8, shift: 4 },
    { size: 16, shift: 4 },
    { size: 32, shift: 0 },
  ].map(({ size, shift }) => {
    const across = Math.floor((SIDE - shift) / size)
    const [from, to] = [shift, shift + across * size]
    return {
      places: across * across,
      cut(patches) {
        const grid = SIDE / PATCH
        const byRow = t.transpose(t.reshape(patches, [batch, grid, grid, PATCH, PATCH, 3]), [0, 1, 3, 2, 4, 5])
        const picture = t.reshape(byRow, [batch, SIDE, SIDE, 3])
        const kept = t.slice(t.slice(picture, 1, from, to), 2, from, to)
        const cut = t.transpose(t.reshape(kept, [batch, across, size, across, size, 3]), [0, 1, 3, 2, 4, 5])
        return t.reshape(cut, [batch * across * across, size * size * 3])
      },
    }
  })
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

const WIDTH = 256

/** What a discriminator says of every tile, and its hidden values on the way. */
function judge(
  p: ParamScope,
  signal: Tensor,
  { places, cut }: Tiling,
): { readonly logits: Tensor; readonly features: readonly Tensor[] } {
  const tiles = cut(signal)
  const rows = tiles.shape[0] as number
  const place = p.param('place', [places, WIDTH], { kind: 'normal', std: 0.5 }, false)
  const opened = t.reshape(linearBias(p.at(0), tiles, { out: WIDTH }), [rows / places, places, WIDTH])
  const first = t.silu(t.reshape(t.add(opened, place), [rows, WIDTH]))
  const second = t.silu(linearBias(p.at(1), first, { out: WIDTH }))
  return { logits: linearBias(p.at(2), second, { out: 1 }), features: [first, second] }
}

const meanOf = (values: readonly Tensor[]): Tensor =>
  t.div(
    values.reduce((a, b) => t.add(a, b)),
    values.length,
  )

/** Adam's first momentum for a decoder and its discriminators: with the usual one they chase each other round in circles (docs/log.md). */
export const ADVERSARIAL_BETA1 = 0.5

/** Weight of how far hidden values are apart, beside what the discriminators say. */
const MATCHING = 2

/**
 * Loss and metrics of what was decoded, `made`, against what was recorded, `real`, of the same shape: a discriminator for each
 * of `tilings` learns from its part alone, the decoder from the other, which counts `weight`. Metrics: `tell`, the
 * discriminators' loss (2 where they cannot tell, 0 where they can with a margin), `fool`, the negative mean of their logits of
 * what was decoded, and `matched`, how far their hidden values are apart relative to their size.
 */
export function adversarialLoss(
  p: ParamScope,
  { made, real }: { readonly made: Tensor; readonly real: Tensor },
  { tilings, weight }: { readonly tilings: readonly Tiling[]; readonly weight: number },
): { loss: Tensor; metrics: { tell: Tensor; fool: Tensor; matched: Tensor } } {
  const parts = tilings.map((tiling, i) => {
    const own = p.at(i)
    const recorded = judge(own, real, tiling)
    const decoded = judge(own, t.stopGradient(made), tiling)
    const asked = judge(new StillScope(own), made, tiling)
    return {
      tell: t.add(t.reduceMean(t.relu(t.sub(1, recorded.logits))), t.reduceMean(t.relu(t.add(1, decoded.logits)))),
      fool: t.neg(t.reduceMean(asked.logits)),
      matched: meanOf(
        asked.features.map((value, k) => {
          const wanted = t.stopGradient(recorded.features[k]!)
          return t.div(t.reduceMean(t.abs(t.sub(value, wanted))), t.reduceMean(t.abs(wanted)))
        }),
      ),
    }
  })
  const tell = meanOf(parts.map((part) => part.tell))
  const fool = meanOf(parts.map((part) => part.fool))
  const matched = meanOf(parts.map((part) => part.matched))
  const asked = t.mul(t.add(fool, t.mul(matched, MATCHING)), weight)
  return { loss: t.add(tell, asked), metrics: { tell, fool, matched } }
}
