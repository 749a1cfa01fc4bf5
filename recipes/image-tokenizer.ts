/**
 * @file Trains the image tokenizer (models/image-tokenizer.ts) on pictures and rendered words.
 *
 *   npm run -s tony -- train image-tokenizer
 *
 * What is painted is judged by the sight of an omni model too, the published one by default. With
 * `--set from=models/tony-nano/image.safetensors --set frozen=encoder.` only painting is learned and codes stay what they
 * are: models that draw in them go on doing so; with `--set adversarial=0.1` against discriminators (models/discriminators.ts).
 */
import { augmentPicture, mayFlip } from '../packages/tony/src/data/augment.ts'
import { readPictures } from '../packages/tony/src/data/node/pictures-corpus.ts'
import { ADVERSARIAL_BETA1 } from '../packages/tony/src/models/discriminators.ts'
import { imageTokenizerDefaults, imageTokenizerLoss } from '../packages/tony/src/models/image-tokenizer.ts'
import { pixelPatches } from '../packages/tony/src/models/omni/windows.ts'
import { wsd } from '../packages/tony/src/optim/schedule.ts'
import { hostFloat } from '../packages/tony/src/tensor/host.ts'
import type { TrainPlan } from '../packages/tony/src/train/loop.ts'
import { makeRng } from '../packages/tony/src/util/rng.ts'
import { openModel } from './align/model.ts'
import { openImageTokenizer } from './coders.ts'
import { frozenBy } from './params.ts'

const config = imageTokenizerDefaults
const batch = 32

export function plan({
  data = 'runs/data/pictures',
  steps = 1500,
  seed = 1,
  peak = 2e-3,
  judge = 'models/tony-nano',
  from,
  frozen = '',
  adversarial = 0,
}: {
  data?: string
  steps?: number
  seed?: number
  peak?: number
  /** Folder of a model that sees; empty for none. */
  judge?: string
  /** Image tokenizer to start from: of a run, or published. */
  from?: string
  /** Beginnings, comma-separated, of the names of parameters that stay as they are. */
  frozen?: string
  /** Weight of what discriminators say of the pictures; 0 for none. */
  adversarial?: number
} = {}): TrainPlan {
  const judged = judge === '' ? {} : { judge: openModel(judge) }
  const pictures = readPictures(data)
  const rows = pictures.rows.filter((row) => row.split === 'train')
  return {
    name: 'image-tokenizer',
    seed,
    steps,
    rate: wsd({ peak, warmup: 100, steps, cooldown: 0.3, floor: 0.05 }),
    optimizer: { weightDecay: 0.01, ...(adversarial > 0 ? { beta1: ADVERSARIAL_BETA1 } : {}) },
    positionsPerStep: batch * (config.fine + config.coarse) * 2,
    metadata: { model: 'image-tokenizer', config: JSON.stringify(config) },
    ...(from === undefined ? {} : { initial: openImageTokenizer(from).params }),
    ...frozenBy(frozen),
    model: (p) => imageTokenizerLoss(p, config, { batch, ...judged, adversarial }),
    batch(step) {
      const rng = makeRng(seed * 1e6 + step)
      const patches = new Float32Array(batch * config.fine * 192)
      const keepFine = new Float32Array(batch)
      for (let i = 0; i < batch; i++) {
        const row = rng.pick(rows)
        const pixels = augmentPicture(rng, pictures.pixels(row), { flip: mayFlip(row) })
        pixelPatches({ width: 64, height: 64, data: pixels }).forEach((patch, k) =>
          patches.set(patch, (i * config.fine + k) * 192),
        )
        // A third of the pictures must be painted from their coarse codes alone: the preview.
        keepFine[i] = rng.next() < 0.33 ? 0 : 1
      }
      return { patches: hostFloat([batch * config.fine, 192], patches), keepFine: hostFloat([batch, 1, 1], keepFine) }
    },
  }
}
