/** @file Log-mel features of a corpus kept in memory, and what is done to them before the model hears them. */
import { logMel, MEL_BANDS, MEL_MEAN, MEL_SILENCE, MEL_STD } from '../media/audio/mel.ts'
import { makeRng, type Rng } from '../util/rng.ts'
import { ambience } from './ambience.ts'

/** Features are kept as whole numbers of this share, in 16 bits: their range is ±8. */
export const MEL_SCALE = 4096
const PATCH_FRAMES = 8
const FRAMES_A_SECOND = 100

/** One clip as training keeps it. */
export interface MelClip {
  /** Features [n · 80] times `MEL_SCALE`. */
  readonly frames: Int16Array
  /** Ends of its words in seconds. */
  readonly ends: readonly number[]
  /** Spans of phones in seconds with an id each. */
  readonly phones: readonly { readonly id: number; readonly start: number; readonly end: number }[]
}

/** Words `first` to `last` of a clip alone, as if nothing else had been said. */
export function excerpt({ frames, ends, phones }: MelClip, first: number, last: number): MelClip {
  const start = first === 0 ? 0 : ends[first - 1]!
  const end = ends[last]!
  // An end is where the next sound begins: a frame more lets it fade.
  const frame = (seconds: number): number => Math.round(seconds * FRAMES_A_SECOND) * MEL_BANDS
  return {
    frames: frames.subarray(frame(start), frame(end + 0.01)),
    ends: ends.slice(first, last + 1).map((word) => word - start),
    phones: phones
      .filter((phone) => phone.start > start - 0.005 && phone.end < end + 0.005)
      .map((phone) => ({ ...phone, start: phone.start - start, end: phone.end - start })),
  }
}

/** A heard clip in patches of 8 frames (640 values each), with what is known of each patch. */
export interface Heard {
  readonly patches: readonly Float32Array[]
  /** 0 speaking, 1 pause, 2 end of turn, 3 before speech: indices into the model's `turnStates`. */
  readonly turns: readonly number[]
  /** Index of the word that ended in the patch or, where two ended at once, one patch before; -1 for none. */
  readonly words: readonly number[]
  /** Ids of the phones that sound. */
  readonly phones: readonly (readonly number[])[]
  /** The id of the phone of each 10 ms frame, 8 a patch; -1 where none is known. */
  readonly framePhones: Int16Array
}

/** What may happen to a clip on its way to the ear. */
export interface HearingOptions {
  /** Share of clips spoken faster or slower, and by a longer or shorter vocal tract (Jaitly & Hinton 2013). */
  readonly warped?: number
  /** How much longer or shorter the vocal tract may be. */
  readonly tract?: number
  /** Share of clips with a pause between two words. */
  readonly paused?: number
  /** Share of clips with noise around them, half of it steady, half of it as it is in rooms and streets (`ambience`). */
  readonly noisy?: number
  /** Share of clips before which nobody speaks for half a second to two; in most of them something else sounds meanwhile, as loud as speech or softer. */
  readonly waits?: number
  /** Share of clips whose formants move apart and grow sharper or duller: what speakers differ in that a vocal tract's length does not tell. */
  readonly disguised?: number
  /** Share of clips of which some bands and moments are not heard (SpecAugment: Park et al. 2019, arXiv 1904.08779). */
  readonly masked?: number
  /** Share of clips in a room that goes on sounding for 0.15 to 0.6 s. */
  readonly roomy?: number
  /** Share of clips that are said softly or far away: up to 26 dB below the others, and what is around them with them. */
  readonly soft?: number
  /** Share of clips that come through something that passes no high sound, and perhaps no low one, as a telephone does. */
  readonly narrow?: number
}

/**
 * A clip as it might be heard: another speed and voice, a pause, silence around it, louder or softer, through another
 * microphone, with steady noise. All in the log-mel domain, which costs a hundredth of doing it in the sound itself.
 */
export function hear(
  rng: Rng,
  clip: MelClip,
  {
    warped = 0.6,
    tract: spread = 0.1,
    paused = 0.2,
    noisy = 0.4,
    waits = 0,
    masked = 0,
    disguised = 0,
    roomy = 0,
    narrow = 0,
    soft = 0,
  }: HearingOptions = {},
): Heard {
  const stretched = rng.next() < warped
  const rate = stretched ? 0.85 + 0.35 * rng.next() : 1
  const tract = stretched ? 1 + spread * (2 * rng.next() - 1) : 1
  const spoken =
    rng.next() < disguised
      ? disguise(rng, clip.frames, { rate, tract })
      : stretched
        ? warp(clip.frames, rate, bandsAt(tract))
        : Float32Array.from(clip.frames, (x) => x / MEL_SCALE)
  const ends = clip.ends.map((end) => Math.min(spoken.length / MEL_BANDS, (end * FRAMES_A_SECOND) / rate))
  const late = waits > 0 && rng.next() < waits
  const before = late ? 50 + rng.int(150) : rng.int(40)
  const after = 16 + rng.int(56)
  const breakAfter = ends.length > 2 && rng.next() < paused ? rng.int(ends.length - 1) : -1
  const gap = breakAfter < 0 ? 0 : 20 + rng.int(100)
  const gapAt = breakAfter < 0 ? Number.POSITIVE_INFINITY : Math.round(ends[breakAfter]!)
  const frames = spoken.length / MEL_BANDS
  const total = Math.ceil((before + frames + gap + after) / PATCH_FRAMES)
  const place = (frame: number): number => before + frame + (frame > gapAt ? gap : 0)

  const all = new Float32Array(total * PATCH_FRAMES * MEL_BANDS).fill(MEL_SILENCE)
  const split = Math.min(frames, gapAt)
  all.set(spoken.subarray(0, split * MEL_BANDS), before * MEL_BANDS)
  all.set(spoken.subarray(split * MEL_BANDS), (before + split + gap) * MEL_BANDS)
  if (roomy > 0 && rng.next() < roomy) reverberate(rng, all)
  const softer = soft > 0 && rng.next() < soft ? SOFTEST * rng.next() : 0
  if (late && rng.next() < 0.7) all.set(prelude(rng, before))
  const last = disturb(rng, all, { noisy: rng.next() < noisy, softer, speechEnd: before + frames + gap })
  if (narrow > 0 && rng.next() < narrow) narrowBand(rng, all)
  if (rng.next() < masked) mask(rng, all)

  const patches: Float32Array[] = []
  const turns: number[] = []
  for (let p = 0; p < total; p++) {
    patches.push(all.subarray(p * PATCH_FRAMES * MEL_BANDS, (p + 1) * PATCH_FRAMES * MEL_BANDS))
    const start = p * PATCH_FRAMES
    const end = start + PATCH_FRAMES
    const inGap = gap > 0 && start >= before + gapAt && end <= before + gapAt + gap
    turns.push(end <= before + 10 ? 3 : end > last + 4 ? 2 : inGap ? 1 : 0)
  }
  const words = new Array<number>(total).fill(-1)
  ends.forEach((end, word) => {
    let at = Math.min(total - 1, Math.floor(place(end) / PATCH_FRAMES))
    while (at < total - 1 && words[at] !== -1) at++
    words[at] = word
  })
  const phones = Array.from({ length: total }, (): number[] => [])
  const framePhones = new Int16Array(total * PATCH_FRAMES).fill(-1)
  for (const { id, start, end } of clip.phones) {
    const begins = (start * FRAMES_A_SECOND) / rate
    // The first phone after a pause begins behind it, not where the last one ended.
    const from = Math.round(before + begins + (begins > gapAt - 0.5 ? gap : 0))
    const to = Math.round(place((end * FRAMES_A_SECOND) / rate))
    framePhones.fill(id, from, to)
    const first = Math.floor(from / PATCH_FRAMES)
    const final = Math.min(total - 1, Math.floor((to - 1) / PATCH_FRAMES))
    for (let p = first; p <= final; p++) if (!phones[p]!.includes(id)) phones[p]!.push(id)
  }
  return { patches, turns, words, phones, framePhones }
}

/** Places of bands read at `tract` times their own. */
const bandsAt = (tract: number): Float32Array =>
  Float32Array.from({ length: MEL_BANDS }, (_, b) => Math.min(MEL_BANDS - 1, b * tract))

/** Bands between two knots of a disguise, which move by some two bands each and never change places. */
const KNOT = 16
const APART = 2
/** Bands on either side of one whose mean is its surroundings. */
const AROUND = 5

/** `warp` as another speaker: bands move in pieces, and stand out more or less from their surroundings. */
function disguise(rng: Rng, frames: Int16Array, { rate, tract }: { rate: number; tract: number }): Float32Array {
  const moves = Array.from({ length: MEL_BANDS / KNOT + 1 }, () =>
    Math.max(-2 * APART, Math.min(2 * APART, APART * rng.normal())),
  )
  const bands = bandsAt(tract).map((band, b) => {
    const knot = Math.floor(b / KNOT)
    const share = b / KNOT - knot
    const moved = band + moves[knot]! * (1 - share) + moves[knot + 1]! * share
    return Math.min(MEL_BANDS - 1, Math.max(0, moved))
  })
  const out = warp(frames, rate, bands)
  const contrast = Math.exp(0.25 * rng.normal())
  const row = new Float32Array(MEL_BANDS)
  for (let from = 0; from < out.length; from += MEL_BANDS) {
    row.set(out.subarray(from, from + MEL_BANDS))
    for (let b = 0; b < MEL_BANDS; b++) {
      const low = Math.max(0, b - AROUND)
      const high = Math.min(MEL_BANDS, b + AROUND + 1)
      let sum = 0
      for (let k = low; k < high; k++) sum += row[k]!
      const mean = sum / (high - low)
      out[from + b] = Math.max(MEL_SILENCE, mean + contrast * (row[b]! - mean))
    }
  }
  return out
}

/** Frames at another speed (`rate` above 1 is faster) with the bands at places `bands`, both interpolated. */
function warp(frames: Int16Array, rate: number, bands: Float32Array): Float32Array {
  const count = frames.length / MEL_BANDS
  const length = Math.max(1, Math.floor(count / rate))
  const out = new Float32Array(length * MEL_BANDS)
  for (let f = 0; f < length; f++) {
    const at = Math.min(count - 1, f * rate)
    const row = Math.floor(at)
    const next = Math.min(count - 1, row + 1)
    const share = at - row
    for (let b = 0; b < MEL_BANDS; b++) {
      const band = bands[b]!
      const low = Math.floor(band)
      const high = Math.min(MEL_BANDS - 1, low + 1)
      const part = band - low
      const here = frames[row * MEL_BANDS + low]! * (1 - part) + frames[row * MEL_BANDS + high]! * part
      const there = frames[next * MEL_BANDS + low]! * (1 - part) + frames[next * MEL_BANDS + high]! * part
      out[f * MEL_BANDS + b] = (here * (1 - share) + there * share) / MEL_SCALE
    }
  }
  return out
}

/** Lets each band go on sounding, in place: what a room adds, 3 to 13 dB below the sound itself, falls by 60 dB in 0.15 to 0.6 s. */
function reverberate(rng: Rng, all: Float32Array): void {
  const seconds = 0.15 + 0.45 * rng.next()
  const decay = -Math.log(1e6) / (seconds * FRAMES_A_SECOND) / MEL_STD
  const below = -((3 + 10 * rng.next()) / 10) * (Math.log(10) / MEL_STD)
  const tail = new Float32Array(MEL_BANDS).fill(MEL_SILENCE)
  for (let f = 0; f < all.length / MEL_BANDS; f++) {
    for (let b = 0; b < MEL_BANDS; b++) {
      const i = f * MEL_BANDS + b
      const direct = all[i]!
      all[i] = plus(direct, tail[b]!)
      tail[b] = Math.max(MEL_SILENCE, plus(tail[b]!, direct + below) + decay)
    }
  }
}

/** Both energies together: log(e^a + e^b), in units of the normalised features. */
function plus(a: number, b: number): number {
  return Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b) * MEL_STD)) / MEL_STD
}

/** Takes away what lies above 3.4 to 7 kHz, and half of the time what lies below up to 350 Hz, in place. */
function narrowBand(rng: Rng, all: Float32Array): void {
  const high = 57 + rng.int(20)
  const low = rng.next() < 0.5 ? rng.int(9) : 0
  for (let at = 0; at < all.length; at += MEL_BANDS) {
    all.fill(MEL_SILENCE, at, at + low)
    all.fill(MEL_SILENCE, at + high, at + MEL_BANDS)
  }
}

/** Takes away up to two stretches of 14 bands, and up to one of 10 frames in each second, in place. */
function mask(rng: Rng, all: Float32Array): void {
  const frames = all.length / MEL_BANDS
  for (let i = rng.int(3); i > 0; i--) {
    const width = 1 + rng.int(14)
    const first = rng.int(MEL_BANDS - width)
    for (let f = 0; f < frames; f++) all.fill(MEL_SILENCE, f * MEL_BANDS + first, f * MEL_BANDS + first + width)
  }
  for (let i = rng.int(1 + Math.ceil(frames / FRAMES_A_SECOND)); i > 0; i--) {
    const length = 1 + rng.int(10)
    const first = rng.int(Math.max(1, frames - length))
    all.fill(MEL_SILENCE, first * MEL_BANDS, (first + length) * MEL_BANDS)
  }
}

/** Sounds in which nobody speaks: how many there are, and how long each is. */
const SURROUNDINGS = { count: 512, seconds: 5 } as const
/** Those that were wanted so far: log-mel energies in nepers, and the logarithm of their mean. */
const madeSurroundings = new Map<number, Surrounding>()

interface Surrounding {
  readonly energies: Float32Array
  readonly mean: number
}

function surrounding(which: number): Surrounding {
  const made = madeSurroundings.get(which)
  if (made !== undefined) return made
  const { data } = logMel(ambience(makeRng(which), SURROUNDINGS.seconds))
  const energies = data.map((x) => x * MEL_STD + MEL_MEAN)
  const mean = Math.log(energies.reduce((sum, e) => sum + Math.exp(e), 0) / energies.length)
  madeSurroundings.set(which, { energies, mean })
  return { energies, mean }
}

/** One of `SURROUNDINGS` from any moment on, over and over: its value i, in nepers above the mean of all its energies. */
function surroundings(rng: Rng): (i: number) => number {
  const { energies, mean } = surrounding(rng.int(SURROUNDINGS.count))
  const from = rng.int(energies.length / MEL_BANDS) * MEL_BANDS
  return (i) => energies[(from + i) % energies.length]! - mean
}

/** `frames` of one of `SURROUNDINGS` as loud as it is, features [frames · 80]; it begins and ends where it likes. */
function prelude(rng: Rng, frames: number): Float32Array {
  const { energies } = surrounding(rng.int(SURROUNDINGS.count))
  const from = rng.int(energies.length / MEL_BANDS - frames) * MEL_BANDS
  const begin = rng.next() < 0.5 ? rng.int(frames) : 0
  const end = rng.next() < 0.5 ? begin + rng.int(frames - begin) : frames
  const out = new Float32Array(frames * MEL_BANDS).fill(MEL_SILENCE)
  for (let i = begin * MEL_BANDS; i < end * MEL_BANDS; i++)
    out[i] = Math.max(MEL_SILENCE, (energies[from + i]! - MEL_MEAN) / MEL_STD)
  return out
}

/** What a soft voice lacks at most, in nepers of energy: 26 dB. */
const SOFTEST = 6

/** Changes loudness and colour and adds noise, in place, all of it `softer` nepers of energy below a usual recording; gives the last loud frame before `speechEnd`. */
function disturb(
  rng: Rng,
  all: Float32Array,
  { noisy, softer, speechEnd }: { noisy: boolean; softer: number; speechEnd: number },
): number {
  const gain = (rng.normal() * 1.2 - softer) / MEL_STD
  // A microphone's colour: a straight line and one slow wave over the bands, in nepers.
  const slope = rng.normal() * 0.5
  const wave = rng.normal() * 0.4
  const phase = rng.next() * 6.28
  const colour = Float32Array.from(
    { length: MEL_BANDS },
    (_, b) => gain + (slope * (b / 40 - 1) + wave * Math.sin(phase + b / 13)) / MEL_STD,
  )
  const level = noisy ? -13.5 + rng.next() * 4.5 - softer : Number.NEGATIVE_INFINITY
  const around = noisy && rng.next() < 0.5 ? surroundings(rng) : undefined
  const tilt = rng.normal() * 0.02
  let last = 0
  for (let f = 0; f < all.length / MEL_BANDS; f++) {
    let loud = 0
    for (let b = 0; b < MEL_BANDS; b++) {
      const i = f * MEL_BANDS + b
      if (all[i]! > 0) loud++
      let value = all[i]! > MEL_SILENCE + 1e-3 ? all[i]! + colour[b]! : all[i]!
      if (noisy) {
        const noise = around === undefined ? tilt * b * 10 + rng.next() * 1.5 : around(i)
        value = plus(value, (level + noise - MEL_MEAN) / MEL_STD)
      }
      all[i] = value < MEL_SILENCE ? MEL_SILENCE : value
    }
    if (loud > 8 && f < speechEnd) last = f
  }
  return last
}
