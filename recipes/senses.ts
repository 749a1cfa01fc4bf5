/**
 * @file Trains the senses of the omni model alone: hearing phones, seeing things and letters (models/omni/senses.ts).
 *
 *   npm run -s tony -- train senses --data runs/data
 *
 * Needs recipes/build-speech.ts --corpus speech-world and recipes/build-pictures.ts to have run. `recipes/omni.ts` goes on
 * from what this leaves in `runs/senses`; a batch here costs a fifth of what it costs under the whole network.
 */
import { readFileSync } from 'node:fs'
import { augmentPlaced, mayFlip } from '../packages/tony/src/data/augment.ts'
import { hear } from '../packages/tony/src/data/hearing.ts'
import { openMels } from '../packages/tony/src/data/node/mel-files.ts'
import { readPictures } from '../packages/tony/src/data/node/pictures-corpus.ts'
import { openSpeech } from '../packages/tony/src/data/node/speech-files.ts'
import type { PictureRow } from '../packages/tony/src/data/types.ts'
import { ASKED_FRAMES, type SensesShape, sensesLoss } from '../packages/tony/src/models/omni/senses.ts'
import { SHEET } from '../packages/tony/src/models/omni/sight.ts'
import { FRAMES_PER_PATCH, MelWindows, pixelWindows, ROW_CELLS } from '../packages/tony/src/models/omni/windows.ts'
import { wsd } from '../packages/tony/src/optim/schedule.ts'
import { type HostTensor, hostTensor } from '../packages/tony/src/tensor/host.ts'
import { decodeCheckpoint } from '../packages/tony/src/train/checkpoint.ts'
import type { TrainPlan } from '../packages/tony/src/train/loop.ts'
import { makeRng, type Rng } from '../packages/tony/src/util/rng.ts'
import { nano } from './omni-config.ts'
import { hearable, isDrawing, widely } from './omni-tasks.ts'

/** What printed words are made of. */
export const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789'
/** Letters of a word that are asked for: the longest words have as many. */
export const SPELLED = 8
/** The first `SPELLED` letters of a word, by place in `LETTERS`; its length where there is none. */
export const spelling = (word: string): number[] =>
  Array.from({ length: SPELLED }, (_, k) => {
    const letter = LETTERS.indexOf(word[k]?.toLowerCase() ?? '-')
    return letter < 0 ? LETTERS.length : letter
  })
/** What sight tells apart. */
export const thingsOf = (rows: readonly PictureRow[]): string[] =>
  [...new Set(rows.flatMap((row) => (row.split === 'train' ? [row.thing] : [])))].sort()

export function plan({
  data = 'runs/data',
  steps = 3000,
  peak = 1.5e-3,
  seed = 1,
  audio = 768,
  pictures = 64,
  printed = 0.5,
  from,
}: {
  data?: string
  steps?: number
  peak?: number
  seed?: number
  /** Windows of sound and pictures in a batch; 0 leaves a sense out. */
  audio?: number
  pictures?: number
  /** Share of pictures that are printed words. */
  printed?: number
  /** Checkpoint to start from. */
  from?: string
} = {}): TrainPlan {
  const sound = audio === 0 ? (): Batch => ({}) : openSound(`${data}/speech-world`)
  const sight = openSight(data, printed)
  const shape: SensesShape = { audio, pictures, things: sight.things, spelled: SPELLED, letters: LETTERS.length + 1 }
  return {
    name: 'senses',
    seed,
    steps,
    rate: wsd({ peak, warmup: 100, steps, cooldown: 0.4, floor: 0.05 }),
    optimizer: { weightDecay: 0.05 },
    positionsPerStep: audio + pictures * SHEET,
    metadata: { model: 'senses', config: JSON.stringify(nano) },
    ...(from === undefined ? {} : { initial: decodeCheckpoint(readFileSync(from), from).state.params }),
    model: (p) => sensesLoss(p, nano, shape),
    batch(step) {
      const rng = makeRng(seed * 1e6 + step)
      return { ...sound(rng, shape), ...(pictures === 0 ? {} : sight.batch(rng, shape)) }
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
function openSight(data: string, share: number): { things: number; batch: (rng: Rng, shape: SensesShape) => Batch } {
  const pictures = readPictures(`${data}/pictures`)
  const words = readPictures(`${data}/rendered-text`)
  const train = pictures.rows.filter((row) => row.split === 'train')
  const drawings = train.filter(isDrawing)
  const shapes = train.filter((row) => !isDrawing(row))
  const printed = words.rows.filter((row) => row.split === 'train')
  const names = thingsOf(pictures.rows)
  const idOf = new Map(names.map((name, i) => [name, i]))
  const shown = (rng: Rng, row: PictureRow, from: typeof pictures): ReturnType<typeof augmentPlaced> =>
    augmentPlaced(rng, from.pixels(row), { flip: mayFlip(row) })
  return {
    things: names.length,
    batch(rng, { pictures: count, spelled }) {
      const pixels = new Float32Array(count * SHEET * nano.pixelWindow)
      const thingIds = new Int32Array(count)
      const thingWeights = new Float32Array(count)
      const letterIds = new Int32Array(count * spelled)
      const letterWeights = new Float32Array(count * spelled)
      const cells = count * SHEET * ROW_CELLS
      const cellIds = new Int32Array(cells)
      const cellWeights = new Float32Array(cells)
      const ranks = new Float32Array(cells * spelled)
      const rankWeights = new Float32Array(cells)
      for (let i = 0; i < count; i++) {
        const reads = rng.next() < share
        const row = rng.pick(reads ? printed : rng.next() < 0.15 ? shapes : drawings)
        const { pixels: data, moved } = shown(rng, row, reads ? words : pictures)
        pixelWindows({ width: 64, height: 64, data }).forEach((window, k) => {
          pixels.set(window, (i * SHEET + k) * nano.pixelWindow)
        })
        if (!reads) {
          thingIds[i] = idOf.get(row.thing)!
          thingWeights[i] = 1
          continue
        }
        rankWeights.fill(1, i * SHEET * ROW_CELLS, (i + 1) * SHEET * ROW_CELLS)
        for (const [k, letter] of spelling(row.thing).entries()) {
          letterIds[i * spelled + k] = letter
          letterWeights[i * spelled + k] = 1
          if (letter === LETTERS.length) continue
          const [x, y] = moved(row.letters![2 * k]!, row.letters![2 * k + 1]!)
          if (x < 0 || y < 0 || x >= 64 || y >= 64) continue
          const cell = i * SHEET * ROW_CELLS + cellOf(x, y)
          cellIds[cell] = letter
          cellWeights[cell] = 1
          ranks[cell * spelled + k] = 1
        }
      }
      return {
        pixels: hostTensor('float32', [count, SHEET, nano.pixelWindow], pixels),
        thingIds: hostTensor('int32', [count], thingIds),
        thingWeights: hostTensor('float32', [count], thingWeights),
        letterIds: hostTensor('int32', [count * spelled], letterIds),
        letterWeights: hostTensor('float32', [count * spelled], letterWeights),
        cellIds: hostTensor('int32', [cells], cellIds),
        cellWeights: hostTensor('float32', [cells], cellWeights),
        ranks: hostTensor('float32', [cells, spelled], ranks),
        rankWeights: hostTensor('float32', [cells], rankWeights),
      }
    },
  }
}

/** The cell at a point of a 64×64 picture, in the order of `pixelWindows`: row by row of 16 pixels, within one two by two. */
function cellOf(x: number, y: number): number {
  const [cx, cy] = [Math.floor(x / 8), Math.floor(y / 8)]
  return ((cy >> 1) * 4 + (cx >> 1)) * ROW_CELLS + (cy & 1) * 2 + (cx & 1)
}
