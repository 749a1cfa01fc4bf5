/** @file Making one recording into many: noise, level, speed, rooms and telephones. All randomness comes from an `Rng`. */
import { TonyError } from '../../util/errors.ts'
import type { Rng } from '../../util/rng.ts'
import type { AudioClip } from '../types.ts'
import { resample } from './resample.ts'

/** The sound times a factor given in decibels; not clipped. */
export function gain(clip: AudioClip, db: number): AudioClip {
  const factor = 10 ** (db / 20)
  return { samples: clip.samples.map((x) => x * factor), sampleRate: clip.sampleRate }
}

/**
 * Adds noise at a signal-to-noise ratio in decibels, measured on mean power over the whole clip.
 *
 * @param noise a recording at the same rate, begun at a random place and repeated as needed, or a colour: `white`, or
 * `pink` (falls 3 dB an octave, like most rooms). Silent clips stay silent.
 * @throws TonyError `invalid` if the noise is empty or has another sample rate.
 */
export function addNoise(clip: AudioClip, rng: Rng, noise: AudioClip | 'white' | 'pink', snrDb: number): AudioClip {
  const { samples, sampleRate } = clip
  const added = typeof noise === 'string' ? makeNoise(noise, samples.length, rng) : loop(noise, clip, rng)
  const noisePower = power(added)
  const scale = noisePower === 0 ? 0 : Math.sqrt(power(samples) / noisePower) * 10 ** (-snrDb / 20)
  return { samples: samples.map((x, i) => x + scale * added[i]!), sampleRate }
}

/**
 * Plays the clip faster (factor above 1) or slower, pitch and all, by resampling. The rate is rounded to a whole hertz.
 *
 * @param factor in [0.25, 4].
 * @throws TonyError `invalid` for a factor outside.
 */
export function changeSpeed(clip: AudioClip, factor: number): AudioClip {
  if (!(factor >= 0.25 && factor <= 4)) {
    throw new TonyError('invalid', `changeSpeed: factor ${factor} (expected 0.25 to 4)`)
  }
  const played = { samples: clip.samples, sampleRate: Math.round(clip.sampleRate * factor) }
  return { samples: resample(played, clip.sampleRate).samples, sampleRate: clip.sampleRate }
}

/**
 * A simple room: the direct sound, then sparse random echoes that die away (velvet noise, Karjalainen and Järvelainen
 * 2007). Same length as the input, same mean power.
 *
 * @param options.seconds time after which echoes are 60 dB down; default 0.3.
 * @param options.wet share of the echoes in the energy of the response, in [0, 1); default 0.3.
 */
export function reverb(
  clip: AudioClip,
  rng: Rng,
  options: { readonly seconds?: number; readonly wet?: number } = {},
): AudioClip {
  const { seconds = 0.3, wet = 0.3 } = options
  const { samples, sampleRate } = clip
  const length = Math.floor(seconds * sampleRate)
  // About 1500 impulses a second; sparse, so that direct convolution stays cheap.
  const spacing = Math.max(1, Math.round(sampleRate / 1500))
  const taps: { readonly at: number; readonly value: number }[] = []
  let energy = 0
  for (let i = 0; i < length; i += spacing) {
    const at = i + 1 + rng.int(spacing)
    const value = (rng.next() < 0.5 ? -1 : 1) * 10 ** ((-3 * at) / length)
    taps.push({ at, value })
    energy += value * value
  }
  const direct = Math.sqrt(1 - wet)
  const scale = energy === 0 ? 0 : Math.sqrt(wet / energy)
  const out = samples.map((x) => x * direct)
  for (const { at, value } of taps) {
    const weight = value * scale
    for (let i = at; i < out.length; i++) out[i]! += weight * samples[i - at]!
  }
  const before = power(samples)
  const after = power(out)
  const level = after === 0 ? 1 : Math.sqrt(before / after)
  return { samples: out.map((x) => x * level), sampleRate }
}

/** Takes away what is above `hz`: a second-order Butterworth filter, 12 dB an octave (a distant or cheap microphone). */
export function lowpass(clip: AudioClip, hz: number): AudioClip {
  const { samples, sampleRate } = clip
  if (!(hz > 0 && hz < sampleRate / 2)) {
    throw new TonyError('invalid', `lowpass: ${hz} Hz (expected above 0 and below ${sampleRate / 2})`)
  }
  // Bilinear transform of 1 / (s^2 + sqrt(2) s + 1) (Bristow-Johnson, Audio EQ Cookbook).
  const omega = (2 * Math.PI * hz) / sampleRate
  const alpha = Math.sin(omega) / Math.SQRT2
  const a0 = 1 + alpha
  const b1 = (1 - Math.cos(omega)) / a0
  const a1 = (-2 * Math.cos(omega)) / a0
  const a2 = (1 - alpha) / a0
  const out = new Float32Array(samples.length)
  let [x1, x2, y1, y2] = [0, 0, 0, 0]
  for (let i = 0; i < samples.length; i++) {
    const x = samples[i]!
    const y = b1 * (x1 + (x + x2) / 2) - a1 * y1 - a2 * y2
    x2 = x1
    x1 = x
    y2 = y1
    y1 = y
    out[i] = y
  }
  return { samples: out, sampleRate }
}

/** How far `augment` may go; every range is [least, most]. */
export interface AugmentOptions {
  /** Signal-to-noise ratio in decibels; default [5, 30]. */
  readonly snrDb?: readonly [number, number]
  /** Level in decibels; default [-15, 6]. */
  readonly gainDb?: readonly [number, number]
  /** Speed factor; default [0.9, 1.1]. */
  readonly speed?: readonly [number, number]
  /** Recordings of noise to choose from besides made noise; same sample rate as the clip. */
  readonly noises?: readonly AudioClip[]
}

/** A random mixture of all of the above, clipped to [-1, 1]. Each part is used about half of the time. */
export function augment(clip: AudioClip, rng: Rng, options: AugmentOptions = {}): AudioClip {
  const { snrDb = [5, 30], gainDb = [-15, 6], speed = [0.9, 1.1], noises = [] } = options
  const between = ([low, high]: readonly [number, number]): number => low + (high - low) * rng.next()
  let out = clip
  if (rng.next() < 0.5) out = changeSpeed(out, between(speed))
  if (rng.next() < 0.4) out = reverb(out, rng, { seconds: between([0.1, 0.6]), wet: between([0.05, 0.5]) })
  if (rng.next() < 0.3) out = lowpass(out, Math.min(between([3000, 7000]), out.sampleRate * 0.45))
  if (rng.next() < 0.6) out = addNoise(out, rng, rng.pick([...noises, 'white', 'pink', 'pink']), between(snrDb))
  out = gain(out, between(gainDb))
  return { samples: out.samples.map((x) => Math.max(-1, Math.min(1, x))), sampleRate: out.sampleRate }
}

function power(samples: Float32Array): number {
  let sum = 0
  for (const x of samples) sum += x * x
  return samples.length === 0 ? 0 : sum / samples.length
}

function makeNoise(colour: 'white' | 'pink', length: number, rng: Rng): Float32Array {
  const out = new Float32Array(length)
  // Pink: three leaky integrators whose sum falls 3 dB an octave (Paul Kellet's economy filter).
  let [b0, b1, b2] = [0, 0, 0]
  for (let i = 0; i < length; i++) {
    const white = 2 * rng.next() - 1
    b0 = 0.99765 * b0 + 0.099046 * white
    b1 = 0.963 * b1 + 0.2965164 * white
    b2 = 0.57 * b2 + 1.0526913 * white
    out[i] = colour === 'white' ? white : b0 + b1 + b2 + 0.1848 * white
  }
  return out
}

function loop(noise: AudioClip, clip: AudioClip, rng: Rng): Float32Array {
  if (noise.sampleRate !== clip.sampleRate || noise.samples.length === 0) {
    throw new TonyError(
      'invalid',
      `addNoise: noise of ${noise.samples.length} samples at ${noise.sampleRate} Hz (expected some at ${clip.sampleRate} Hz)`,
    )
  }
  const start = rng.int(noise.samples.length)
  return Float32Array.from(clip.samples, (_, i) => noise.samples[(start + i) % noise.samples.length]!)
}
