/**
 * @file Trains the senses of the omni model alone: hearing phones, seeing things and letters (models/omni/senses.ts).
 *
 *   npm run -s tony -- train senses --data runs/data
 *
 * Needs recipes/build-speech.ts --corpus speech-world and recipes/build-pictures.ts to have run. `recipes/omni.ts` goes on
 * from what this leaves in `runs/senses`; a batch here costs a fifth of what it costs under the whole network.
 */
import { readFileSync } from 'node:fs'
import { augmentPicture, mayFlip } from '../packages/tony/src/data/augment.ts'
import { hear } from '../packages/tony/src/data/hearing.ts'
import { openMels } from '../packages/tony/src/data/node/mel-files.ts'
import { readPictures } from '../packages/tony/src/data/node/pictures-corpus.ts'
import { openSpeech } from '../packages/tony/src/data/node/speech-files.ts'
import type { PictureRow } from '../packages/tony/src/data/types.ts'
import { ASKED_FRAMES, PICTURE_WINDOWS, type SensesShape, sensesLoss } from '../packages/tony/src/models/omni/senses.ts'
import { FRAMES_PER_PATCH, MelWindows, pixelWindows } from '../packages/tony/src/models/omni/windows.ts'
import { wsd } from '../packages/tony/src/optim/schedule.ts'
import { type HostTensor, hostTensor } from '../packages/tony/src/tensor/host.ts'
import { decodeCheckpoint } from '../packages/tony/src/train/checkpoint.ts'
import type { TrainPlan } from '../packages/tony/src/train/loop.ts'
import { makeRng, type Rng } from '../packages/tony/src/util/rng.ts'
import { nano } from './omni-config.ts'
import { hearable, isDrawing, widely } from './omni-tasks.ts'

const LETTERS = 'abcdefghijklmnopqrstuvwxyz'
/** Share of pictures that are printed words. */
const PRINTED = 0.45

export function plan({
  data = 'runs/data',
  steps = 3000,
  peak = 1.5e-3,
  seed = 1,
  from,
}: {
  data?: string
  steps?: number
  peak?: number
  seed?: number
  /** Checkpoint to start from. */
  from?: string
} = {}): TrainPlan {
  const sound = openSound(`${data}/speech-world`)
  const sight = openSight(data)
  const shape: SensesShape = { audio: 768, pictures: 64, things: sight.things, spelled: 8, letters: LETTERS.length + 1 }
  return {
    name: 'senses',
    seed,
    steps,
    rate: wsd({ peak, warmup: 100, steps, cooldown: 0.4, floor: 0.05 }),
    optimizer: { weightDecay: 0.05 },
    positionsPerStep: shape.audio + shape.pictures * PICTURE_WINDOWS,
    metadata: { model: 'senses', config: JSON.stringify(nano) },
    ...(from === undefined ? {} : { initial: decodeCheckpoint(readFileSync(from), from).state.params }),
    model: (p) => sensesLoss(p, nano, shape),
    batch(step) {
      const rng = makeRng(seed * 1e6 + step)
      return { ...sound(rng, shape), ...sight.batch(rng, shape) }
    },
  }
}

type Batch = Record<string, HostTensor>

/** Windows of heard clips with the phones of their last frames. */
function openSound(folder: string): (rng: Rng, shape: SensesShape) => Batch {
  const speech = openSpeech(folder)
  const rows = speech.rows.filter((row) => row.split === 'train')
  const mels = openMels(folder, speech, console.log)
  const clips = rows.map((row) => hearable(row, mels(row)))
  return (rng, { audio }) => {
    const mel = new Float32Array(audio * nano.melWindow)
    const ids = new Int32Array(audio * ASKED_FRAMES)
    const weights = new Float32Array(audio * ASKED_FRAMES)
    for (let at = 0; at < audio; ) {
      const { patches, framePhones } = hear(rng, rng.pick(clips), widely)
      const windows = new MelWindows()
      for (let i = 0; i < patches.length && at < audio; i++, at++) {
        mel.set(windows.push(patches[i]!), at * nano.melWindow)
        for (let k = 0; k < ASKED_FRAMES; k++) {
          const phone = framePhones[(i + 1) * FRAMES_PER_PATCH - ASKED_FRAMES + k] ?? -1
          if (phone < 0) continue
          ids[at * ASKED_FRAMES + k] = phone
          weights[at * ASKED_FRAMES + k] = 1
        }
      }
    }
    return {
      mel: hostTensor('float32', [audio, nano.melWindow], mel),
      phoneIds: hostTensor('int32', [audio * ASKED_FRAMES], ids),
      phoneWeights: hostTensor('float32', [audio * ASKED_FRAMES], weights),
    }
  }
}

/** Windows of pictures with the thing, or of printed words with their letters. */
function openSight(data: string): { things: number; batch: (rng: Rng, shape: SensesShape) => Batch } {
  const pictures = readPictures(`${data}/pictures`)
  const words = readPictures(`${data}/rendered-text`)
  const train = pictures.rows.filter((row) => row.split === 'train')
  const drawings = train.filter(isDrawing)
  const shapes = train.filter((row) => !isDrawing(row))
  const printed = words.rows.filter((row) => row.split === 'train')
  const names = [...new Set(train.map(({ thing }) => thing))].sort()
  const idOf = new Map(names.map((name, i) => [name, i]))
  const shown = (rng: Rng, row: PictureRow, from: typeof pictures): Float32Array[] =>
    pixelWindows({
      width: 64,
      height: 64,
      data: augmentPicture(rng, from.pixels(row), { flip: mayFlip(row) }),
    })
  return {
    things: names.length,
    batch(rng, { pictures: count, spelled, letters }) {
      const pixels = new Float32Array(count * PICTURE_WINDOWS * nano.pixelWindow)
      const thingIds = new Int32Array(count)
      const thingWeights = new Float32Array(count)
      const letterIds = new Int32Array(count * spelled)
      const letterWeights = new Float32Array(count * spelled)
      const bag = new Float32Array(count * letters)
      const bagWeights = new Float32Array(count)
      for (let i = 0; i < count; i++) {
        const reads = rng.next() < PRINTED
        const row = rng.pick(reads ? printed : rng.next() < 0.15 ? shapes : drawings)
        shown(rng, row, reads ? words : pictures).forEach((window, k) => {
          pixels.set(window, (i * PICTURE_WINDOWS + k) * nano.pixelWindow)
        })
        if (reads) {
          bagWeights[i] = 1
          for (let k = 0; k < spelled; k++) {
            const letter = LETTERS.indexOf(row.thing[k]?.toLowerCase() ?? '-')
            letterIds[i * spelled + k] = letter < 0 ? letters - 1 : letter
            letterWeights[i * spelled + k] = 1
            if (letter >= 0) bag[i * letters + letter] = 1
          }
        } else {
          thingIds[i] = idOf.get(row.thing)!
          thingWeights[i] = 1
        }
      }
      return {
        pixels: hostTensor('float32', [count * PICTURE_WINDOWS, nano.pixelWindow], pixels),
        thingIds: hostTensor('int32', [count], thingIds),
        thingWeights: hostTensor('float32', [count], thingWeights),
        letterIds: hostTensor('int32', [count * spelled], letterIds),
        letterWeights: hostTensor('float32', [count * spelled], letterWeights),
        bag: hostTensor('float32', [count, letters], bag),
        bagWeights: hostTensor('float32', [count], bagWeights),
      }
    },
  }
}
