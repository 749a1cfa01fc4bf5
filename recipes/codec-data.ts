/** @file Windows of a speech corpus for the codec and its recogniser: features, spectra and phones of any stretch of sound. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { SPEAKING_VOICE } from '../packages/tony/src/data/node/speech-corpus-codec.ts'
import { openSpeech } from '../packages/tony/src/data/node/speech-files.ts'
import { PHONES } from '../packages/tony/src/data/node/synth-phones.ts'
import { logMel, MEL_BANDS } from '../packages/tony/src/media/audio/mel.ts'
import { resample } from '../packages/tony/src/media/audio/resample.ts'
import { magnitudes } from '../packages/tony/src/media/audio/stft.ts'
import { MAGNITUDE_BINS, MAGNITUDE_FLOOR } from '../packages/tony/src/models/log-bands.ts'
import { type HostTensor, hostFloat, hostInt } from '../packages/tony/src/tensor/host.ts'
import { makeRng, shareAt, shuffled } from '../packages/tony/src/util/rng.ts'

/** Phone of a frame that nobody labelled. */
const UNKNOWN = 255
/** Samples of 10 ms, and frames of 10 ms in one position. */
const HOP = 160
const PATCH = 8

/** Share of clips, the speaking voice's left out, that are played faster or slower: a few voices become many. */
const VARIED = 0.6
const SPREAD = [0.84, 1.19] as const

/** Batches of `batch` windows of `time` positions each. */
export interface Windows {
  readonly batch: number
  readonly time: number
}

/**
 * What other speakers say, where their corpora were built: the share of windows, and how many hours are read (spectra take
 * 370 MB an hour). Of people nobody knows which phones they say.
 */
const OTHERS = [
  { corpus: 'speech-accents', share: 0.2, hours: 2 },
  { corpus: 'speech-people', share: 0.2, hours: 2 },
] as const

/** Reads the corpus in `data`, and part of `OTHERS` beside it, so that the codec meets more than four people. */
export function openWindows(data: string): (seed: number, shape: Windows) => Record<string, HostTensor> {
  const own = openClipWindows(data, Number.POSITIVE_INFINITY)
  const others = OTHERS.flatMap(({ corpus, share, hours }) => {
    const folder = join(dirname(data), corpus)
    return existsSync(join(folder, 'index.jsonl')) ? [{ share, clips: openClipWindows(folder, hours) }] : []
  })
  return (seed, { batch, time }) => {
    const chance = makeRng(seed)
    const span = time * PATCH
    const n = batch * time
    const out = {
      mel: new Float32Array(n * PATCH * MEL_BANDS),
      magnitudes: new Float32Array(n * PATCH * MAGNITUDE_BINS),
      phones: new Float32Array(n * PHONES.length),
      phoneWeights: new Float32Array(n),
      frameWeights: new Float32Array(n * PATCH),
      phoneIds: new Int32Array(n * PATCH),
    }
    for (let i = 0; i < batch; i++) {
      const { mel, logs, phones, frames } = shareAt(others, chance.next())?.clips ?? own
      const from = chance.int(frames - span)
      out.mel.set(mel.subarray(from * MEL_BANDS, (from + span) * MEL_BANDS), i * span * MEL_BANDS)
      out.magnitudes.set(
        logs.subarray(from * MAGNITUDE_BINS, (from + span) * MAGNITUDE_BINS),
        i * span * MAGNITUDE_BINS,
      )
      for (let k = 0; k < span; k++) {
        const phone = phones[from + k]!
        if (phone === UNKNOWN) continue
        const row = i * time + Math.floor(k / PATCH)
        out.phoneIds[i * span + k] = phone
        out.frameWeights[i * span + k] = 1
        out.phones[row * PHONES.length + phone] = 1
        out.phoneWeights[row] = 1
      }
    }
    return {
      mel: hostFloat([n, PATCH * MEL_BANDS], out.mel),
      magnitudes: hostFloat([n, PATCH * MAGNITUDE_BINS], out.magnitudes),
      phones: hostFloat([n, PHONES.length], out.phones),
      phoneWeights: hostFloat([n], out.phoneWeights),
      frameWeights: hostFloat([n * PATCH], out.frameWeights),
      phoneIds: hostInt([n * PATCH], out.phoneIds),
    }
  }
}

/** Clips of training, one after another, frame by frame: a window of them may begin at any. */
interface ClipFrames {
  readonly frames: number
  readonly mel: Float32Array
  /** Logarithms of magnitudes. */
  readonly logs: Float32Array
  readonly phones: Uint8Array
}

function openClipWindows(folder: string, hours: number): ClipFrames {
  const speech = openSpeech(folder)
  const rng = makeRng(5)
  let left = hours * 3600 * 16_000
  const rows = (Number.isFinite(hours) ? shuffled(speech.rows, rng) : speech.rows).filter((row) => {
    if (row.split !== 'train' || left < 0) return false
    left -= row.length
    return true
  })
  // How much faster each clip is played; pitch and vocal tract change with it.
  const speeds = rows.map((row) =>
    row.voice === SPEAKING_VOICE || rng.next() > VARIED ? 1 : SPREAD[0] + (SPREAD[1] - SPREAD[0]) * rng.next(),
  )
  const most = rows.reduce((sum, row, i) => sum + Math.ceil(row.length / speeds[i]! / HOP) + 1, 0)
  const mel = new Float32Array(most * MEL_BANDS)
  const logs = new Float32Array(most * MAGNITUDE_BINS)
  const phones = new Uint8Array(most).fill(UNKNOWN)
  let frames = 0
  rows.forEach((row, i) => {
    const speed = speeds[i]!
    const clip = speech.samples(row)
    const rate = Math.round(16_000 * speed)
    const samples = speed === 1 ? clip : resample({ samples: clip, sampleRate: rate }, 16_000).samples
    const features = logMel(samples)
    mel.set(features.data, frames * MEL_BANDS)
    const { data: spectrum } = magnitudes(samples)
    for (let k = 0; k < spectrum.length; k++)
      logs[frames * MAGNITUDE_BINS + k] = Math.log(spectrum[k]! + MAGNITUDE_FLOOR)
    const frameOf = (seconds: number): number => Math.min(features.frames, Math.round((seconds * 100) / speed))
    for (const { text, start, end } of row.phones ?? [])
      phones.fill(PHONES.indexOf(text), frames + frameOf(start), frames + frameOf(end))
    frames += features.frames
  })
  return { frames, mel, logs, phones }
}
