/** @file Windows of a speech corpus for the codec and its recogniser: features, spectra and phones of any stretch of sound. */
import { SPEAKING_VOICE } from '../packages/tony/src/data/node/speech-corpus-codec.ts'
import { openSpeech } from '../packages/tony/src/data/node/speech-files.ts'
import { PHONES } from '../packages/tony/src/data/node/synth-phones.ts'
import { logMel, MEL_BANDS } from '../packages/tony/src/media/audio/mel.ts'
import { resample } from '../packages/tony/src/media/audio/resample.ts'
import { magnitudes } from '../packages/tony/src/media/audio/stft.ts'
import { MAGNITUDE_BINS, MAGNITUDE_FLOOR } from '../packages/tony/src/models/log-bands.ts'
import { type HostTensor, hostFloat, hostInt } from '../packages/tony/src/tensor/host.ts'
import { makeRng } from '../packages/tony/src/util/rng.ts'

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

/** Reads a corpus. All clips stand one after another; a sample is any window of them, so clips are met at every offset. */
export function openWindows(data: string): (seed: number, shape: Windows) => Record<string, HostTensor> {
  const speech = openSpeech(data)
  const rows = speech.rows.filter((row) => row.split === 'train')
  const rng = makeRng(5)
  // How much faster each clip is played; pitch and vocal tract change with it.
  const speeds = rows.map((row) =>
    row.voice === SPEAKING_VOICE || rng.next() > VARIED ? 1 : SPREAD[0] + (SPREAD[1] - SPREAD[0]) * rng.next(),
  )
  const frames = rows.reduce((sum, row, i) => sum + Math.ceil(row.length / speeds[i]! / HOP) + 1, 0)
  const mel = new Float32Array(frames * MEL_BANDS)
  const logs = new Float32Array(frames * MAGNITUDE_BINS)
  const phones = new Uint8Array(frames).fill(UNKNOWN)
  let used = 0
  rows.forEach((row, i) => {
    const speed = speeds[i]!
    const clip = speech.samples(row)
    const rate = Math.round(16_000 * speed)
    const samples = speed === 1 ? clip : resample({ samples: clip, sampleRate: rate }, 16_000).samples
    const features = logMel(samples)
    mel.set(features.data, used * MEL_BANDS)
    const { data: spectrum } = magnitudes(samples)
    for (let k = 0; k < spectrum.length; k++) logs[used * MAGNITUDE_BINS + k] = Math.log(spectrum[k]! + MAGNITUDE_FLOOR)
    const frameOf = (seconds: number): number => Math.min(features.frames, Math.round((seconds * 100) / speed))
    for (const { text, start, end } of row.phones ?? [])
      phones.fill(PHONES.indexOf(text), used + frameOf(start), used + frameOf(end))
    used += features.frames
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
      const from = chance.int(used - span)
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
