/** @file Sound in which nobody speaks: what a film is full of. */
import { makeRng, type Rng } from '../util/rng.ts'

const RATE = 16_000
/** Loudness of a sound, RMS in decibels of full scale. */
const LOUDNESS = { least: -55, most: -15 } as const

/** `seconds` of noise, hum, music or knocks, or of two of them at once: mono at 16 kHz, at most full scale. */
export function ambience(rng: Rng, seconds: number): Float32Array {
  const count = Math.round(seconds * RATE)
  const sources = [noise, hum, music, knocks]
  const sound = rng.pick(sources)(rng, count)
  if (rng.next() < 0.3) {
    const second = rng.pick(sources)(rng, count)
    const share = 0.2 + 0.6 * rng.next()
    for (let i = 0; i < count; i++) sound[i] = sound[i]! * share + second[i]! * (1 - share)
  }
  const loudness = LOUDNESS.least + (LOUDNESS.most - LOUDNESS.least) * rng.next()
  const rms = Math.sqrt(sound.reduce((sum, x) => sum + x * x, 0) / count) + 1e-9
  const gain = 10 ** (loudness / 20) / rms
  return sound.map((x) => Math.max(-1, Math.min(1, x * gain)))
}

/** Wind, a street, a crowd: noise of any colour that comes and goes. */
function noise(rng: Rng, count: number): Float32Array {
  const fast = makeRng(rng.int(2 ** 30))
  const dull = 0.98 * rng.next()
  const depth = rng.next()
  const swing = (2 * Math.PI * (0.1 + 4 * rng.next())) / RATE
  const phase = 2 * Math.PI * rng.next()
  let last = 0
  return Float32Array.from({ length: count }, (_, i) => {
    last = dull * last + (1 - dull) * (fast.next() - 0.5)
    return last * (1 - depth * (0.5 + 0.5 * Math.sin(swing * i + phase)))
  })
}

/** An engine, a fan, the mains: a low tone with its overtones that wanders. */
function hum(rng: Rng, count: number): Float32Array {
  const base = 40 * (400 / 40) ** rng.next()
  const overtones = Array.from({ length: 1 + rng.int(10) }, (_, k) => rng.next() / (k + 1))
  const wander = 0.1 * rng.next()
  const swing = (2 * Math.PI * (0.1 + 2 * rng.next())) / RATE
  let phase = 0
  return Float32Array.from({ length: count }, (_, i) => {
    phase += ((2 * Math.PI * base) / RATE) * (1 + wander * Math.sin(swing * i))
    return overtones.reduce((sum, size, k) => sum + size * Math.sin(phase * (k + 1)), 0)
  })
}

const MAJOR = [0, 2, 4, 5, 7, 9, 11, 12, 14, 16, 17, 19]

/** Notes and chords of one scale, struck and fading. */
function music(rng: Rng, count: number): Float32Array {
  const out = new Float32Array(count)
  const root = 110 * 2 ** rng.next()
  const beat = Math.round(RATE * (0.12 + 0.5 * rng.next()))
  const fade = (1 + 9 * rng.next()) / RATE
  const overtones = Array.from({ length: 1 + rng.int(6) }, (_, k) => rng.next() / (k + 1))
  const voices = 1 + rng.int(3)
  for (let at = 0; at < count; at += beat) {
    for (let voice = 0; voice < voices; voice++) {
      const step = (2 * Math.PI * root * 2 ** (rng.pick(MAJOR) / 12)) / RATE
      for (let i = 0; i < Math.min(beat * 2, count - at); i++) {
        const tone = overtones.reduce((sum, size, k) => sum + size * Math.sin(step * (k + 1) * i), 0)
        out[at + i]! += tone * Math.exp(-fade * i)
      }
    }
  }
  return out
}

/** Steps, doors, clapping: short bursts, each dying away. */
function knocks(rng: Rng, count: number): Float32Array {
  const fast = makeRng(rng.int(2 ** 30))
  const out = new Float32Array(count)
  const pause = RATE * (0.1 + 0.8 * rng.next())
  const fade = 10 ** (-2 - 1.5 * rng.next())
  const dull = 0.95 * rng.next()
  for (let at = Math.round(pause * rng.next()); at < count; at += Math.round(pause * (0.5 + rng.next()))) {
    let last = 0
    for (let i = 0; i < Math.min(RATE / 2, count - at); i++) {
      last = dull * last + (1 - dull) * (fast.next() - 0.5)
      out[at + i]! += last * Math.exp(-fade * i)
    }
  }
  return out
}
