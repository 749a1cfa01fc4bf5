/** @file The ways in which `bench/codec` passes speech through codecs, and what is measured on each. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openSpeech } from '../packages/tony/src/data/node/speech-files.ts'
import type { SpeechRow } from '../packages/tony/src/data/types.ts'
import { plainText, rate, type Scored, wordErrors } from '../packages/tony/src/eval/score.ts'
import { AudioCodec } from '../packages/tony/src/generate/codec.ts'
import { logMel, MEL_BANDS, MEL_STD } from '../packages/tony/src/media/audio/mel.ts'
import { invert } from '../packages/tony/src/media/audio/spsi.ts'
import { logSpectralDistance, magnitudes } from '../packages/tony/src/media/audio/stft.ts'
import { nodeRuntime } from '../packages/tony/src/runtime/node/index.ts'
import { TonyError } from '../packages/tony/src/util/errors.ts'
import { makeRng, type Rng } from '../packages/tony/src/util/rng.ts'
import { openCodec } from '../recipes/coders.ts'
import { type Clip, WORDS } from './codec-words.ts'
import { transcribeOutside } from './judge.ts'
import { LinearCodec, melInverse, principalComponents } from './peers/linear-codec.ts'

const RATE = 16_000
const PATCH_FRAMES = 8
const PATCH_SECONDS = 0.08
const PATCH_SAMPLES = 1280
/** 16 minutes of training speech. */
const FIT_PATCHES = 12_000

/** All clips passed through one codec, aligned with the originals. */
export interface Condition {
  readonly name: string
  readonly bitsPerSecond: number | null
  readonly sounds: readonly Float32Array[]
}

export const withoutCoding = (clips: readonly Clip[]): Condition[] => [
  { name: 'original', bitsPerSecond: null, sounds: clips.map(({ samples }) => samples) },
  {
    name: 'spsi',
    bitsPerSecond: null,
    sounds: clips.map(({ samples }) => invert(magnitudes(samples))),
  },
]

const patchesOf = (samples: Float32Array): Float32Array[] => {
  const { frames, data } = logMel(samples)
  const size = PATCH_FRAMES * MEL_BANDS
  return Array.from({ length: Math.floor(frames / PATCH_FRAMES) }, (_, i) => data.slice(i * size, (i + 1) * size))
}

/** The linear baseline at each number of bits for 80 ms, fitted on the training clips of a corpus. */
export function linearBaseline(clips: readonly Clip[], corpus: string, bits: readonly number[], rng: Rng): Condition[] {
  const speech = openSpeech(corpus)
  const training = speech.rows.filter((row) => row.split === 'train')
  const patches: Float32Array[] = []
  while (patches.length < FIT_PATCHES) patches.push(...patchesOf(speech.samples(rng.pick(training))))
  const components = principalComponents(patches, Math.max(...bits))
  const toMagnitudes = melInverse()
  const padded = (samples: Float32Array): Float32Array => {
    const out = new Float32Array(Math.ceil(samples.length / PATCH_SAMPLES) * PATCH_SAMPLES)
    out.set(samples)
    return out
  }
  return bits.map((each) => {
    const codec = new LinearCodec(components, patches, each)
    return {
      name: `linear ${each}`,
      bitsPerSecond: each / PATCH_SECONDS,
      sounds: clips.map(({ samples }) => {
        const rows = patchesOf(padded(samples)).map((row) => codec.decode(codec.encode(row)))
        const data = new Float32Array(rows.length * PATCH_FRAMES * MEL_BANDS)
        for (const [i, row] of rows.entries()) data.set(row, i * row.length)
        const frames = rows.length * PATCH_FRAMES
        return invert(toMagnitudes({ frames, bands: MEL_BANDS, data })).subarray(0, samples.length)
      }),
    }
  })
}

/** Loads a published codec or the one of a run; throws TonyError where there is none. */
export async function loadCodec(path: string): Promise<AudioCodec> {
  if (!existsSync(path))
    throw new TonyError('not_found', `there is no file ${path}; train one or name another with --codec`)
  // One thread, so that processor time is a measure of speed on a machine that does other things as well.
  return await AudioCodec.load(nodeRuntime, { ...openCodec(path), threads: 1 })
}

/** Positions a second by the clock, and of the time that the processor spent on them, which other programs disturb less. */
export interface Speed {
  readonly clock: number
  readonly processor: number
}

/** Times what handles as many positions as it returns. */
async function speedOf(run: () => Promise<number>): Promise<Speed> {
  const [began, used] = [performance.now(), process.cpuUsage()]
  const positions = await run()
  const { user, system } = process.cpuUsage(used)
  return {
    clock: (positions / (performance.now() - began)) * 1e3,
    processor: (positions / (user + system)) * 1e6,
  }
}

/**
 * The codec with all codes and with the first ones only, by how much its sound lags in samples, and its positions a
 * second: encoding whole clips, and decoding one position at a time as speech is streamed.
 */
export async function throughCodec(
  codec: AudioCodec,
  clips: readonly Clip[],
  firsts: readonly number[],
): Promise<{ conditions: Condition[]; lag: number; encoding: Speed; decoding: Speed }> {
  const { codes, levels, patch } = codec.config
  const positionSeconds = patch / 100
  const bits = (kept: number): number => (kept * Math.log2(levels.reduce((p, l) => p * l, 1))) / positionSeconds
  // One more position of silence brings out what lags.
  const rows: Int32Array[][] = []
  const inputs = clips.map(({ samples }) => {
    const out = new Float32Array(samples.length + positionSeconds * RATE)
    out.set(samples)
    return out
  })
  await codec.encode(inputs[0]!)
  const encoding = await speedOf(async () => {
    for (const samples of inputs) rows.push(await codec.encode(samples))
    return rows.flat().length
  })

  const full: Float32Array[] = []
  for (const clip of rows) full.push(await codec.decode(clip))
  const lag = lagOf(
    clips.slice(0, 4).map(({ samples }) => samples),
    full,
  )
  const aligned = (sounds: readonly Float32Array[]): Float32Array[] =>
    sounds.map((sound, i) => sound.slice(lag, lag + clips[i]!.samples.length))
  const conditions: Condition[] = [{ name: 'codec', bitsPerSecond: bits(codes), sounds: aligned(full) }]

  for (const kept of firsts.filter((k) => k < codes)) {
    const sounds: Float32Array[] = []
    for (const clip of rows) sounds.push(await codec.decode(clip.map((row) => row.slice(0, kept))))
    conditions.push({ name: `codec, first ${kept}`, bitsPerSecond: bits(kept), sounds: aligned(sounds) })
  }

  const streamed = rows.slice(0, 25)
  const decoding = await speedOf(async () => {
    for (const clip of streamed) {
      const stream = codec.stream()
      for (const row of clip) await stream.push([row])
      stream.close()
    }
    return streamed.flat().length
  })
  return { conditions, lag, encoding, decoding }
}

/** By how many samples, in steps of a millisecond up to 100, `made` lags `originals`: where their log-mel frames agree best. */
function lagOf(originals: readonly Float32Array[], made: readonly Float32Array[]): number {
  const distance = (lag: number): number =>
    originals.reduce((sum, original, i) => sum + melDistance(original, made[i]!.subarray(lag)), 0)
  const lags = Array.from({ length: 101 }, (_, ms) => ms * 16)
  const distances = lags.map(distance)
  return lags[distances.indexOf(Math.min(...distances))]!
}

/** Mean absolute difference of the log-mel bands in decibels. */
function melDistance(a: Float32Array, b: Float32Array): number {
  const [x, y] = [logMel(a).data, logMel(b).data]
  const length = Math.min(x.length, y.length)
  let sum = 0
  for (let i = 0; i < length; i++) sum += Math.abs(x[i]! - y[i]!)
  return length === 0 ? 0 : ((sum / length) * MEL_STD * 10) / Math.LN10
}

/** Means over clips; `errors` is empty where no outside recogniser is installed. */
export interface Measured {
  readonly name: string
  readonly bitsPerSecond: number | null
  readonly errors: readonly Scored[]
  /** Decibels. */
  readonly mel: readonly number[]
  readonly spectral: readonly number[]
}

/** Word errors and distances of every clip in one condition. */
export async function measure(
  clips: readonly Clip[],
  { name, bitsPerSecond, sounds }: Condition,
  judge: boolean,
): Promise<Measured> {
  const heard = judge ? await transcribeOutside(sounds, WORDS) : undefined
  return {
    name,
    bitsPerSecond,
    errors: heard === undefined ? [] : clips.map(({ text }, i) => wordErrors(text, heard[i]!)),
    mel: clips.map(({ samples }, i) => melDistance(samples, sounds[i]!)),
    spectral: clips.map(({ samples }, i) => logSpectralDistance(magnitudes(samples), magnitudes(sounds[i]!))),
  }
}

/** Word error rate over some clips with its interval; `undefined` where nothing was heard. */
export function errorRate(
  errors: readonly Scored[],
  chosen: readonly number[],
): { value: number; low: number; high: number } | undefined {
  return errors.length === 0
    ? undefined
    : rate(
        chosen.map((i) => errors[i]!),
        makeRng(1),
      )
}

/** How many of the texts stand in a clip of any speech corpus under `data`, and which corpora were searched. */
export function textsInCorpora(texts: readonly string[], data: string): { found: number; searched: readonly string[] } {
  const indexes = readdirSync(data)
    .map((name) => ({ name, path: join(data, name, 'index.jsonl') }))
    .filter(({ name, path }) => existsSync(path) && existsSync(join(data, name, 'audio.s16')))
  const known = indexes.flatMap(({ path }) =>
    readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .map((line) => plainText((JSON.parse(line) as SpeechRow).text)),
  )
  return {
    found: texts.filter((text) => known.some((other) => other.includes(text))).length,
    searched: indexes.map(({ name }) => name),
  }
}
