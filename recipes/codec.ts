/**
 * @file Trains the audio codec (models/codec.ts) on a speech corpus.
 *
 *   npm run -s tony -- train codec --data runs/data/speech-codec
 *
 * About half an hour on two cores for 6,000 steps.
 */

import { openSpeech } from '../packages/tony/src/data/node/speech-files.ts'
import { logMel, MEL_BANDS } from '../packages/tony/src/media/audio/mel.ts'
import { magnitudes } from '../packages/tony/src/media/audio/stft.ts'
import { codecDefaults, codecLoss, MAGNITUDE_BINS, MAGNITUDE_FLOOR } from '../packages/tony/src/models/codec.ts'
import { wsd } from '../packages/tony/src/optim/schedule.ts'
import { hostFloat } from '../packages/tony/src/tensor/host.ts'
import type { TrainPlan } from '../packages/tony/src/train/loop.ts'
import { makeRng } from '../packages/tony/src/util/rng.ts'

const config = codecDefaults
const batch = 32
const time = 64 // positions of 80 ms: 5.1 s

export function plan({
  data = 'runs/data/speech-codec',
  steps = 6000,
  seed = 1,
}: {
  data?: string
  steps?: number
  seed?: number
}): TrainPlan {
  const speech = openSpeech(data)
  const rows = speech.rows.filter((row) => row.split === 'train')
  const names = [...new Set(rows.flatMap((row) => (row.phones ?? []).map((phone) => phone.text)))]
    .sort()
    .slice(0, config.phones)

  // All clips one after another; a sample is any window of them, so clips are met at every offset.
  const parts = rows.map((row) => {
    const samples = speech.samples(row)
    const mel = logMel(samples)
    const logs = magnitudes(samples).data.map((x) => Math.log(x + MAGNITUDE_FLOOR))
    const phones = new Uint8Array(mel.frames).fill(255)
    for (const { text, start, end } of row.phones ?? [])
      phones.fill(names.indexOf(text), Math.round(start * 100), Math.round(end * 100))
    return { mel: mel.data, logs, phones, frames: mel.frames }
  })
  const frames = parts.reduce((sum, part) => sum + part.frames, 0)
  const mel = new Float32Array(frames * MEL_BANDS)
  const logs = new Float32Array(frames * MAGNITUDE_BINS)
  const phones = new Uint8Array(frames)
  let at = 0
  for (const part of parts) {
    mel.set(part.mel, at * MEL_BANDS)
    logs.set(part.logs, at * MAGNITUDE_BINS)
    phones.set(part.phones, at)
    at += part.frames
  }

  return {
    name: 'codec',
    seed,
    steps,
    rate: wsd({ peak: 2e-3, warmup: 200, steps, cooldown: 0.3, floor: 0.05 }),
    optimizer: { weightDecay: 0.01 },
    positionsPerStep: batch * time,
    metadata: { model: 'codec', config: JSON.stringify(config) },
    model: (p) => codecLoss(p, config, { batch, time }),
    batch(step) {
      const rng = makeRng(seed * 1e6 + step)
      const span = time * config.patch
      const batchMel = new Float32Array(batch * span * MEL_BANDS)
      const batchLogs = new Float32Array(batch * span * MAGNITUDE_BINS)
      const keep = new Float32Array(batch * time * config.codes).fill(1)
      const batchPhones = new Float32Array(batch * time * config.phones)
      const weights = new Float32Array(batch * time)
      for (let i = 0; i < batch; i++) {
        const from = rng.int(frames - span)
        batchMel.set(mel.subarray(from * MEL_BANDS, (from + span) * MEL_BANDS), i * span * MEL_BANDS)
        batchLogs.set(logs.subarray(from * MAGNITUDE_BINS, (from + span) * MAGNITUDE_BINS), i * span * MAGNITUDE_BINS)
        for (let k = 0; k < span; k++) {
          const phone = phones[from + k]!
          if (phone === 255) continue
          const row = i * time + Math.floor(k / config.patch)
          batchPhones[row * config.phones + phone] = 1
          weights[row] = 1
        }
        // Nested dropout: a fifth of the clips keep only their first codes.
        if (rng.next() < 0.2) {
          const kept = 1 + rng.int(config.codes - 1)
          for (let k = 0; k < time; k++)
            keep.fill(0, (i * time + k) * config.codes + kept, (i * time + k + 1) * config.codes)
        }
      }
      const n = batch * time
      return {
        mel: hostFloat([n, config.patch * MEL_BANDS], batchMel),
        magnitudes: hostFloat([n, config.patch * MAGNITUDE_BINS], batchLogs),
        keep: hostFloat([n, config.codes], keep),
        phones: hostFloat([n, config.phones], batchPhones),
        phoneWeights: hostFloat([n], weights),
      }
    },
  }
}
