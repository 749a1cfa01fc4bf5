/** @file The shape of a sound, and how much louder it must be played to be as loud as others. */
import { decodeMono } from '../sound/decode.ts'

/** What a player shows and applies. */
export interface Waveform {
  /** Largest magnitude in each of equal parts of the sound, 0 to 1. */
  readonly peaks: readonly number[]
  /** Factor that brings the loud parts to {@link LOUDNESS}, without clipping; 1/8 to 8. */
  readonly gain: number
}

/** Root mean square of what is heard: -20 dB of full scale, about that of podcasts. */
export const LOUDNESS = 0.1
const BLOCK_SECONDS = 0.05
/** Blocks this much below the loudest (30 dB) are pauses, which say nothing of how loud a voice is. */
const PAUSE = 10 ** (-30 / 10)

/** Describes mono samples, in `parts` peaks. */
export function waveformOf(samples: Float32Array, sampleRate: number, parts: number): Waveform {
  const peaks = Array.from({ length: parts }, (_, i) =>
    peakOf(samples.subarray(Math.floor((i * samples.length) / parts), Math.ceil(((i + 1) * samples.length) / parts))),
  )
  const block = Math.max(1, Math.round(BLOCK_SECONDS * sampleRate))
  const powers = Array.from({ length: Math.ceil(samples.length / block) }, (_, i) =>
    powerOf(samples.subarray(i * block, (i + 1) * block)),
  )
  const loudest = Math.max(0, ...powers)
  if (loudest === 0) return { peaks, gain: 1 }
  const heard = powers.filter((power) => power >= loudest * PAUSE)
  const loudness = Math.sqrt(heard.reduce((sum, power) => sum + power, 0) / heard.length)
  const wanted = Math.min(LOUDNESS / loudness, 1 / Math.max(...peaks))
  return { peaks, gain: Math.min(Math.max(wanted, 1 / 8), 8) }
}

const known = new Map<string, Promise<Waveform | null>>()

/** The waveform of a file of this server; null where it cannot be read. Each is read once. */
export function loadWaveform(url: string): Promise<Waveform | null> {
  let found = known.get(url)
  if (found === undefined) {
    found = read(url).catch(() => null)
    known.set(url, found)
  }
  return found
}

const PARTS = 96
const RATE = 16_000

async function read(url: string): Promise<Waveform> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url}: ${response.status}`)
  return waveformOf(await decodeMono(await response.arrayBuffer(), RATE), RATE, PARTS)
}

function peakOf(samples: Float32Array): number {
  let peak = 0
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample))
  return Math.min(peak, 1)
}

function powerOf(samples: Float32Array): number {
  let power = 0
  for (const sample of samples) power += sample * sample
  return power / samples.length
}
