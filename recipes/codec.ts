/**
 * @file Trains the audio codec (models/codec.ts) on a speech corpus, with a frozen phone recogniser that listens to it.
 *
 *   npm run -s tony -- train recogniser
 *   npm run -s tony -- train codec --data runs/data/speech-codec
 *
 * About half an hour on two cores. `--set from=models/tony-nano/codec.safetensors` goes on from a published codec.
 *
 * Then its decoder alone, against discriminators (models/discriminators.ts), for as long as it pays; codes stay what
 * they are, and so do models that speak in them:
 *
 *   npm run -s tony -- train codec --set from=runs/codec/checkpoint.safetensors --set frozen=encoder.,phone_head \
 *     --set adversarial=0.3 --set peak=5e-4 --steps 7000 --out runs/codec-sharp
 */
import { existsSync, readFileSync } from 'node:fs'
import { codecDefaults, codecLoss } from '../packages/tony/src/models/codec.ts'
import { ADVERSARIAL_BETA1 } from '../packages/tony/src/models/discriminators.ts'
import { unpackWeights } from '../packages/tony/src/models/omni/files.ts'
import { recogniserDefaults } from '../packages/tony/src/models/phone-recogniser.ts'
import { wsd } from '../packages/tony/src/optim/schedule.ts'
import { hostFloat } from '../packages/tony/src/tensor/host.ts'
import { decodeCheckpoint } from '../packages/tony/src/train/checkpoint.ts'
import type { TrainPlan } from '../packages/tony/src/train/loop.ts'
import { TonyError } from '../packages/tony/src/util/errors.ts'
import { makeRng } from '../packages/tony/src/util/rng.ts'
import { openWindows } from './codec-data.ts'
import { nano } from './omni-config.ts'
import { frozenBy } from './params.ts'

const config = codecDefaults
const shape = { batch: 16, time: 64 } // 64 positions of 80 ms: 5.1 s

export function plan({
  data = 'runs/data/speech-codec',
  recogniser = 'runs/recogniser/checkpoint.safetensors',
  steps = 5000,
  seed = 1,
  peak = 2e-3,
  from,
  frozen = '',
  adversarial = 0,
}: {
  data?: string
  recogniser?: string
  steps?: number
  seed?: number
  peak?: number
  /** Codec to start from: of a run, or published. */
  from?: string
  /** Beginnings, comma-separated, of the names of parameters that stay as they are. */
  frozen?: string
  /** Weight of what discriminators say of the sound; 0 for none. */
  adversarial?: number
} = {}): TrainPlan {
  if (!existsSync(recogniser))
    throw new TonyError('not_found', `no recogniser in ${recogniser}; train it first: tony train recogniser`)
  const teacher = {
    config: recogniserDefaults,
    params: decodeCheckpoint(readFileSync(recogniser), recogniser).state.params,
  }
  const windows = openWindows(data)
  const { batch, time } = shape
  return {
    name: 'codec',
    seed,
    steps,
    rate: wsd({ peak, warmup: 200, steps, cooldown: 0.3, floor: 0.05 }),
    optimizer: { weightDecay: 0.01, ...(adversarial > 0 ? { beta1: ADVERSARIAL_BETA1 } : {}) },
    positionsPerStep: batch * time,
    metadata: { model: 'codec', config: JSON.stringify(config) },
    ...(from === undefined ? {} : { initial: unpackWeights(readFileSync(from), from).params }),
    ...frozenBy(frozen),
    model: (p) => codecLoss(p, config, { ...shape, recogniser: teacher, adversarial }),
    batch(step) {
      const rng = makeRng(seed * 1e6 + step + 0.5e6)
      const keep = new Float32Array(batch * time * config.codes).fill(1)
      for (let i = 0; i < batch; i++) {
        // Nested dropout: some clips keep only their first codes, most of these as many as the omni model writes.
        const draw = rng.next()
        if (draw >= 0.6) continue
        const kept = draw < 0.4 ? nano.audioCodes : 1 + rng.int(config.codes - 1)
        for (let k = 0; k < time; k++)
          keep.fill(0, (i * time + k) * config.codes + kept, (i * time + k + 1) * config.codes)
      }
      return { ...windows(seed * 1e6 + step, shape), keep: hostFloat([batch * time, config.codes], keep) }
    },
  }
}
