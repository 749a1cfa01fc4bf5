/** @file Changing the sample rate, whole or live. */
import { TonyError } from '../../util/errors.ts'
import type { AudioClip } from '../types.ts'

/** Zero crossings of the sinc on each side; with the window below the stop band is about 90 dB down. */
const ZERO_CROSSINGS = 24
const KAISER_BETA = 9
/** Share of the narrower band that is kept; the rest is where the filter falls off. */
const PASS_BAND = 0.94
/** Fractional positions that are tabulated; ratios that need more interpolate linearly between them (-118 dB). */
const MAX_PHASES = 1024

/**
 * The clip at another sample rate, without delay. Length is round(n * rate / sampleRate).
 *
 * @throws TonyError `invalid` for rates that are not positive integers.
 */
export function resample(clip: AudioClip, rate: number): AudioClip {
  if (clip.sampleRate === rate) return clip
  const stream = new StreamResampler(clip.sampleRate, rate)
  const head = stream.push(clip.samples)
  const tail = stream.flush()
  const samples = new Float32Array(Math.round((clip.samples.length * rate) / clip.sampleRate))
  samples.set(head.subarray(0, samples.length))
  if (head.length < samples.length) samples.set(tail.subarray(0, samples.length - head.length), head.length)
  return { samples, sampleRate: rate }
}

/**
 * Resamples a live stream by a windowed sinc (Smith, "Digital Audio Resampling", 2002) in polyphase form.
 *
 * `push` returns what can be computed so far, about 24 periods of the lower rate behind the input (1.5 ms at 16 kHz);
 * `flush` returns the rest. All outputs together do not depend on how the input was cut.
 */
export class StreamResampler {
  readonly #up: number
  readonly #down: number
  readonly #phases: number
  readonly #half: number
  /** [phases + 1, 2 * half]: the extra row lets the last phase interpolate with the next sample's first. */
  readonly #table: Float32Array
  /** Input not yet used up; the first entry is input sample `#start`. */
  #pending: Float32Array
  #start: number
  /** Position of the next output in the input: `#base + #fraction / #up`. */
  #base = 0
  #fraction = 0

  /** @throws TonyError `invalid` for rates that are not positive integers below a million. */
  constructor(from: number, to: number) {
    for (const rate of [from, to]) {
      if (!Number.isInteger(rate) || rate < 1 || rate > 1_000_000) {
        throw new TonyError('invalid', `StreamResampler: sample rate ${rate} (expected an integer from 1 to 1000000)`)
      }
    }
    const divisor = gcd(from, to)
    this.#up = to / divisor
    this.#down = from / divisor
    this.#phases = Math.min(this.#up, MAX_PHASES)
    const cutoff = Math.min(1, to / from)
    this.#half = Math.ceil(ZERO_CROSSINGS / cutoff)
    this.#table = makeTable(this.#phases, this.#half, cutoff * PASS_BAND)
    this.#pending = new Float32Array(this.#half - 1) // zeros before the beginning
    this.#start = -(this.#half - 1)
  }

  /** Samples at the first rate that it waits for beyond the position of an output. */
  get latency(): number {
    return this.#half
  }

  /** Takes any number of samples at the first rate and returns samples at the second, perhaps none. */
  push(samples: Float32Array): Float32Array {
    const input = new Float32Array(this.#pending.length + samples.length)
    input.set(this.#pending)
    input.set(samples, this.#pending.length)
    const half = this.#half
    const lastBase = this.#start + input.length - 1 - half
    const count = this.#base > lastBase ? 0 : this.#countThrough(lastBase)
    const out = new Float32Array(count)
    for (let i = 0; i < count; i++) out[i] = this.#next(input)
    const keepFrom = Math.min(input.length, Math.max(0, this.#base - half + 1 - this.#start))
    this.#pending = input.slice(keepFrom)
    this.#start += keepFrom
    return out
  }

  /** The end of the stream: the outputs that still lie inside the input. The resampler starts anew afterwards. */
  flush(): Float32Array {
    const end = this.#start + this.#pending.length
    const tail = this.push(new Float32Array(this.#half))
    // Outputs at or after `end` would be made of padding only.
    const surplus = Math.max(0, Math.floor(((this.#base - end) * this.#up + this.#fraction) / this.#down))
    this.#pending = new Float32Array(this.#half - 1)
    this.#start = -(this.#half - 1)
    this.#base = 0
    this.#fraction = 0
    return tail.subarray(0, Math.max(0, tail.length - surplus))
  }

  #countThrough(lastBase: number): number {
    return Math.floor(((lastBase - this.#base + 1) * this.#up - this.#fraction - 1) / this.#down) + 1
  }

  #next(input: Float32Array): number {
    const taps = 2 * this.#half
    const table = this.#table
    const from = this.#base - this.#half + 1 - this.#start
    const position = (this.#fraction * this.#phases) / this.#up
    const phase = Math.floor(position)
    const blend = position - phase
    const row = phase * taps
    let sum = 0
    for (let j = 0; j < taps; j++) sum += table[row + j]! * input[from + j]!
    if (blend > 0) {
      let next = 0
      for (let j = 0; j < taps; j++) next += table[row + taps + j]! * input[from + j]!
      sum += blend * (next - sum)
    }
    this.#fraction += this.#down
    const whole = Math.floor(this.#fraction / this.#up)
    this.#base += whole
    this.#fraction -= whole * this.#up
    return sum
  }
}

/** Row p holds the taps for an output `p / phases` of a sample after its base; each row sums to one. */
function makeTable(phases: number, half: number, cutoff: number): Float32Array {
  const taps = 2 * half
  const table = new Float32Array((phases + 1) * taps)
  const scale = besselI0(KAISER_BETA)
  for (let p = 0; p <= phases; p++) {
    const row = new Float64Array(taps)
    let sum = 0
    for (let j = 0; j < taps; j++) {
      const x = p / phases + half - 1 - j
      const edge = x / half
      const angle = Math.PI * cutoff * x
      const sinc = Math.abs(angle) < 1e-9 ? 1 : Math.sin(angle) / angle
      row[j] = edge * edge >= 1 ? 0 : (sinc * besselI0(KAISER_BETA * Math.sqrt(1 - edge * edge))) / scale
      sum += row[j]!
    }
    for (let j = 0; j < taps; j++) table[p * taps + j] = row[j]! / sum
  }
  return table
}

/** Modified Bessel function of order zero, by its power series. */
function besselI0(x: number): number {
  let sum = 1
  let term = 1
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2
    sum += term
  }
  return sum
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b)
}
