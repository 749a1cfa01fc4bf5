/** @file Log-mel features of a corpus kept in memory, and what is done to them before the model hears them. */
import { logMel, MEL_BANDS, MEL_MEAN, MEL_STD } from '../media/audio/mel.ts'
import type { Rng } from '../util/rng.ts'

/** The value of a silent frame. */
export const SILENCE: number = (Math.log(1e-7) - MEL_MEAN) / MEL_STD
const PATCH_FRAMES = 8

/** Frames [n · 80] of one clip. */
export type MelClip = Float32Array

/** Features of one clip at 16 kHz. */
export function melClip(samples: Float32Array): MelClip {
  return logMel(samples).data
}

/**
 * A clip as it might be heard: silence around it, louder or softer, with steady noise. All in the log-mel domain, which
 * costs a hundredth of doing it in the sound itself.
 *
 * @returns patches of 8 frames (640 values) with a turn label each: 0 speaking, 2 end of turn, 3 before speech.
 */
export function hear(rng: Rng, clip: MelClip): { patches: Float32Array[]; turns: number[] } {
  const frames = clip.length / MEL_BANDS
  const before = rng.int(40)
  const after = 16 + rng.int(56)
  const total = Math.ceil((before + frames + after) / PATCH_FRAMES)
  const all = new Float32Array(total * PATCH_FRAMES * MEL_BANDS).fill(SILENCE)
  const gain = (rng.normal() * 1.2) / MEL_STD
  all.set(clip, before * MEL_BANDS)
  // Energies add up: log(e^speech + e^noise), in units of the normalised features.
  const level = rng.next() < 0.4 ? -13.5 + rng.next() * 4.5 : Number.NEGATIVE_INFINITY
  const tilt = rng.normal() * 0.02
  let last = before
  for (let f = 0; f < total * PATCH_FRAMES; f++) {
    let loud = 0
    for (let b = 0; b < MEL_BANDS; b++) {
      const i = f * MEL_BANDS + b
      if (all[i]! > 0) loud++
      let value = all[i]! > SILENCE + 1e-3 ? all[i]! + gain : all[i]!
      if (level > -100) {
        const noise = (level + tilt * b * 10 + rng.next() * 1.5 - MEL_MEAN) / MEL_STD
        value = Math.max(value, noise) + Math.log1p(Math.exp(-Math.abs(value - noise) * MEL_STD)) / MEL_STD
      }
      all[i] = value < SILENCE ? SILENCE : value
    }
    if (loud > 8 && f < before + frames) last = f
  }
  const patches: Float32Array[] = []
  const turns: number[] = []
  for (let p = 0; p < total; p++) {
    patches.push(all.subarray(p * PATCH_FRAMES * MEL_BANDS, (p + 1) * PATCH_FRAMES * MEL_BANDS))
    const end = (p + 1) * PATCH_FRAMES
    turns.push(end <= before + 10 ? 3 : end > last + 4 ? 2 : 0)
  }
  return { patches, turns }
}
