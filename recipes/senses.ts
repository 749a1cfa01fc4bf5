/**
 * @file Trains the senses of the omni model alone: hearing phones and words, seeing things and letters (models/omni/senses.ts).
 *
 *   npm run -s tony -- train senses --data runs/data
 *
 * Needs recipes/build-speech.ts --corpus speech-world and recipes/build-pictures.ts to have run. `recipes/omni.ts` goes on
 * from what this leaves in `runs/senses`; a batch here costs a fifth of what it costs under the whole network.
 */
import { existsSync, readFileSync } from 'node:fs'
import { augmentPlaced, mayFlip } from '../packages/tony/src/data/augment.ts'
import { excerpt, type HearingOptions, hear, type MelClip } from '../packages/tony/src/data/hearing.ts'
import { readPictures } from '../packages/tony/src/data/node/pictures-corpus.ts'
import { openSpeech } from '../packages/tony/src/data/node/speech-files.ts'
import type { PictureRow, SpeechRow } from '../packages/tony/src/data/types.ts'
import { blend, PhoneBook } from '../packages/tony/src/data/voice-blend.ts'
import { wordTurns } from '../packages/tony/src/data/word-turns.ts'
import type { RgbImage } from '../packages/tony/src/media/types.ts'
import { EAR } from '../packages/tony/src/models/omni/hearing.ts'
import { placeSound, roomForSound } from '../packages/tony/src/models/omni/pack.ts'
import {
  ASKED_FRAMES,
  BOX,
  CELL_FRAMES,
  FRAMES,
  type SensesShape,
  sensesLoss,
  WORD_DELAYS,
  withRoomForWords,
} from '../packages/tony/src/models/omni/senses.ts'
import { halve } from '../packages/tony/src/models/omni/sequence.ts'
import { SHEET } from '../packages/tony/src/models/omni/sight.ts'
import {
  CELLS_PER_PATCH,
  FRAMES_PER_PATCH,
  MelWindows,
  pixelWindows,
  ROW_CELLS,
} from '../packages/tony/src/models/omni/windows.ts'
import type { ParamValues } from '../packages/tony/src/nn/params.ts'
import { wsd } from '../packages/tony/src/optim/schedule.ts'
import { type HostTensor, hostTensor } from '../packages/tony/src/tensor/host.ts'
import { decodeCheckpoint } from '../packages/tony/src/train/checkpoint.ts'
import type { TrainPlan } from '../packages/tony/src/train/loop.ts'
import { TonyError } from '../packages/tony/src/util/errors.ts'
import { groupBy } from '../packages/tony/src/util/group.ts'
import { makeRng, type Rng, shareAt } from '../packages/tony/src/util/rng.ts'
import { openModel } from './align/model.ts'
import { IN_PART, openClips, plainWords, someWords, widely, worldFolders } from './clips.ts'
import { isSense, nano } from './omni-config.ts'
import { isDrawing } from './omni-tasks.ts'
import { without } from './params.ts'

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
  audio = 896,
  pictures = 64,
  films = 8,
  printed = 0.5,
  from,
}: {
  data?: string
  steps?: number
  peak?: number
  seed?: number
  /** Windows of sound (a multiple of 128) and pictures in a batch; 0 leaves a sense out. */
  audio?: number
  pictures?: number
  /** Sheets of four video frames beside them. */
  films?: number
  /** Share of pictures that are printed words. */
  printed?: number
  /** What to start from: a checkpoint of this recipe, or the folder of a whole model, as `models/tony-nano`. */
  from?: string
} = {}): TrainPlan {
  const sound = audio === 0 ? undefined : openSound(data)
  const sight = openSight(data, printed)
  const shape: SensesShape = {
    audio,
    words: sound === undefined ? 0 : sound.words.length + 1,
    pictures,
    films: pictures === 0 ? 0 : films,
    things: sight.things,
    spelled: SPELLED,
    letters: LETTERS.length + 1,
  }
  return {
    name: 'senses',
    seed,
    steps,
    rate: wsd({ peak, warmup: 100, steps, cooldown: 0.4, floor: 0.05 }),
    optimizer: { weightDecay: 0.05 },
    positionsPerStep: audio + (pictures + shape.films) * SHEET,
    metadata: {
      model: 'senses',
      config: JSON.stringify(nano),
      ...(sound === undefined ? {} : { words: JSON.stringify(sound.words) }),
    },
    ...(from === undefined
      ? {}
      : {
          // A sense that is left out would stand in the checkpoint as it was.
          initial: without(startingFrom(from, sound?.words ?? []), [
            ...(sound ? [] : ['hear.']),
            ...(pictures ? [] : ['see.']),
          ]),
        }),
    model: (p) => sensesLoss(p, nano, shape),
    batch(step) {
      const rng = makeRng(seed * 1e6 + step)
      return { ...sound?.batch(rng, shape), ...(pictures === 0 ? {} : sight.batch(rng, shape)) }
    },
  }
}

/** Weights of a checkpoint, or the senses of a published model or another run of the omni model, with room for all `words`. */
function startingFrom(path: string, words: readonly string[]): ParamValues {
  if (!path.endsWith('.safetensors')) {
    const { params, config } = openModel(path)
    const senses = Object.fromEntries(Object.entries(params).filter(([name]) => isSense(name)))
    return withRoomForWords(senses, config.heardTokens.length, words.length)
  }
  const { state, metadata } = decodeCheckpoint(readFileSync(path), path)
  const known = JSON.parse(metadata['words'] ?? '[]') as string[]
  if (words.length > 0 && known.some((word, i) => word !== words[i]))
    throw new TonyError(
      'invalid',
      `senses: ${path} tells other words apart than those of this corpus, in another order; build the corpora that it was trained on, or start from another`,
    )
  return withRoomForWords(state.params, known.length, words.length)
}

type Batch = Record<string, HostTensor>

/**
 * Words that hearing tells apart, with their ids: those that rows of the spoken world, the first corpus, say at least three
 * times in training, then others that requests to draw have.
 */
function wordsIn(data: string, world: readonly SpeechRow[]): ReadonlyMap<string, number> {
  const often = (rows: readonly SpeechRow[]): string[] => {
    const counts = new Map<string, number>()
    for (const row of rows) {
      if (row.split !== 'train') continue
      for (const word of plainWords(row)) counts.set(word, (counts.get(word) ?? 0) + 1)
    }
    return [...counts].flatMap(([word, count]) => (count < 3 ? [] : [word]))
  }
  const pictures = `${data}/speech-pictures`
  const requests = existsSync(`${pictures}/index.jsonl`)
    ? openSpeech(pictures).rows.filter(({ id }) => id.startsWith('draw-'))
    : []
  const words = [...often(world), ...often(requests)]
  return new Map([...new Set(words)].map((word, i) => [word, i]))
}

/** Shares of the voices; espeak-ng's variants have the rest. Where a voice was not built its share is theirs too. */
const VOICE_SHARES: Readonly<Record<string, number>> = {
  slt: 0.12,
  awb: 0.12,
  kal16: 0.05,
  kal: 0.02,
  festival: 0.22,
  gnuspeech: 0.1,
  people: 0.28,
  person: 0.04,
}
/** Share of clips that somebody says who is between two voices, and how much of the second at least and at most. */
const BLENDED = 0.3
const BLENDS = [0.2, 0.7] as const
const voiceOf = ({ voice }: SpeechRow): string => {
  const [engine = '', name = ''] = voice.split('/')
  return engine === 'flite' ? name : engine
}

/** Phones that a voice has said from which others are mixed. */
const ENOUGH = 1000

/** The phones of each voice that has said enough. */
function booksOf<T extends { readonly row: SpeechRow }>(
  clips: readonly T[],
  clipOf: (clip: T) => MelClip,
): PhoneBook[] {
  return [...groupBy(clips, ({ row }) => row.voice).values()]
    .map((own) => new PhoneBook(own.map(clipOf)))
    .filter(({ size }) => size >= ENOUGH)
}

/**
 * Windows of heard clips with the phones of their last frames and the words that end: those of training changed and in
 * `VOICE_SHARES`, those of other splits as they were recorded, in silence; `human` are the digits of `speech-digits`.
 */
export function openSound(
  data: string,
  split: SpeechRow['split'] = 'train',
): { words: readonly string[]; batch: (rng: Rng, shape: Pick<SensesShape, 'audio'>) => Batch } {
  const folders = worldFolders(data)
  // Who speaks there is in no corpus that is trained on.
  const human = split === 'human'
  const own: Parameters<typeof openClips>[0] = human ? [`${data}/speech-digits`] : [folders[0]]
  const { all, rows, others: more, clip } = openClips(split === 'train' ? folders : own, split)
  const ids = wordsIn(data, human ? openSpeech(folders[0]).rows : all)
  const clips = [...rows, ...more].map((row) => ({
    voice: voiceOf(row),
    row,
    words: plainWords(row).map((word) => ids.get(word)),
  }))
  type Clip = (typeof clips)[number]
  type Drawn = Pick<Clip, 'words'> & { readonly clip: MelClip }
  const byVoice = (name: string): Clip[] => clips.filter(({ voice }) => voice === name)
  const turns = (some: readonly Clip[]): ((rng: Rng) => Clip) =>
    wordTurns(some.length === 0 ? byVoice('espeak') : some, ({ row }) => plainWords(row))
  const shares =
    split === 'train'
      ? Object.entries(VOICE_SHARES).map(([name, share]) => ({ share, draw: turns(byVoice(name)) }))
      : []
  const others = turns([])
  const how: HearingOptions =
    split === 'train' ? { ...widely, masked: 0.5 } : { warped: 0, paused: 0, noisy: 0, masked: 0 }
  const pick = (rng: Rng): Clip =>
    split === 'train' ? (shareAt(shares, rng.next())?.draw ?? others)(rng) : rng.pick(clips)
  const books = split === 'train' ? booksOf(clips, ({ row }) => clip(row)) : []
  const blended = (rng: Rng, { row, words }: Clip): Drawn => {
    const alone = clip(row)
    if (books.length === 0 || rng.next() >= BLENDED) return { clip: alone, words }
    const share = BLENDS[0] + (BLENDS[1] - BLENDS[0]) * rng.next()
    return { clip: blend(rng, alone, { book: rng.pick(books), share }), words }
  }
  /** In training a few words alone now and then: people say "yes" and "three". */
  const part = (rng: Rng, { clip, words }: Drawn): Drawn => {
    if (split !== 'train' || words.length === 0 || rng.next() >= IN_PART) return { clip, words }
    const [first, last] = someWords(rng, words.length)
    return { clip: excerpt(clip, first, last), words: words.slice(first, last + 1) }
  }
  return {
    words: [...ids.keys()],
    batch(rng, { audio }) {
      const arrays = {
        mel: new Float32Array(audio * nano.melWindow),
        audioChunk: new Int32Array(audio),
        audioPlace: new Int32Array(audio),
      }
      const phoneIds = new Int32Array(audio * ASKED_FRAMES)
      const phoneWeights = new Float32Array(audio * ASKED_FRAMES)
      const asked = CELLS_PER_PATCH * CELL_FRAMES
      const cellPhoneIds = new Int32Array(audio * asked)
      const cellPhoneWeights = new Float32Array(audio * asked)
      const wordIds = new Int32Array(WORD_DELAYS.length * audio).fill(ids.size)
      const wordWeights = new Float32Array(WORD_DELAYS.length * audio)
      for (let from = 0, misses = 0; misses < 4; ) {
        const { clip, words } = part(rng, blended(rng, pick(rng)))
        const { patches, framePhones, words: ended } = hear(rng, clip, how)
        const sound = MelWindows.of(patches)
        if (roomForSound(sound, from).end > audio) {
          misses++
          continue
        }
        const { rows: places, end } = placeSound(sound, from, arrays, nano)
        from = end
        places.forEach((at, i) => {
          const phone = (frame: number): number => framePhones[frame] ?? -1
          const ask = (into: Int32Array, weights: Float32Array, to: number, frame: number): void => {
            if (phone(frame) < 0) return
            into[to] = phone(frame)
            weights[to] = 1
          }
          const last = (i + 1) * FRAMES_PER_PATCH
          for (let k = 0; k < ASKED_FRAMES; k++)
            ask(phoneIds, phoneWeights, at * ASKED_FRAMES + k, last - ASKED_FRAMES + k)
          const step = FRAMES_PER_PATCH / CELLS_PER_PATCH
          for (let c = 0; c < CELLS_PER_PATCH; c++) {
            for (let k = 0; k < CELL_FRAMES; k++) {
              const frame = last - FRAMES_PER_PATCH + (c + 1) * step - CELL_FRAMES + k
              ask(cellPhoneIds, cellPhoneWeights, at * asked + c * CELL_FRAMES + k, frame)
            }
          }
          WORD_DELAYS.forEach((delay, which) => {
            const word = ended[i - delay] ?? -1
            const to = which * audio + at
            // Most patches end no word: they count little, and words that are too rare to be told apart not at all.
            if (word < 0) wordWeights[to] = 0.1
            else if (words[word] !== undefined) {
              wordIds[to] = words[word]
              wordWeights[to] = 1
            }
          })
        })
      }
      return {
        mel: hostTensor('float32', [audio / EAR, EAR, nano.melWindow], arrays.mel),
        audioChunk: hostTensor('int32', [audio / EAR, EAR], arrays.audioChunk),
        audioPlace: hostTensor('int32', [audio / EAR, EAR], arrays.audioPlace),
        phoneIds: hostTensor('int32', [phoneIds.length], phoneIds),
        phoneWeights: hostTensor('float32', [phoneWeights.length], phoneWeights),
        cellPhoneIds: hostTensor('int32', [cellPhoneIds.length], cellPhoneIds),
        cellPhoneWeights: hostTensor('float32', [cellPhoneWeights.length], cellPhoneWeights),
        wordIds: hostTensor('int32', [wordIds.length], wordIds),
        wordWeights: hostTensor('float32', [wordWeights.length], wordWeights),
      }
    },
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
    batch(rng, { pictures: count, films, spelled }) {
      const pixels = new Float32Array((count + films) * SHEET * nano.pixelWindow)
      const frames = films * FRAMES
      const frameThingIds = new Int32Array(frames)
      const boxes = new Float32Array(frames * BOX)
      for (let i = 0; i < frames; i++) {
        const row = rng.pick(rng.next() < 0.3 ? shapes : drawings)
        const { frame, box } = asFrame(rng, pictures.pixels(row), mayFlip(row))
        pixelWindows(frame).forEach((window, k) => {
          pixels.set(window, (count * SHEET + i * (SHEET / FRAMES) + k) * nano.pixelWindow)
        })
        frameThingIds[i] = idOf.get(row.thing)!
        boxes.set(box, i * BOX)
      }
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
        pixels: hostTensor('float32', [count + films, SHEET, nano.pixelWindow], pixels),
        ...(films === 0
          ? {}
          : {
              frameThingIds: hostTensor('int32', [frames], frameThingIds),
              boxes: hostTensor('float32', [frames, BOX], boxes),
            }),
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

/** A picture as a video frame may show it, small and anywhere, with its middle and its size, each about 0 and 1 wide. */
function asFrame(rng: Rng, pixels: Uint8Array, flip: boolean): { frame: RgbImage; box: readonly number[] } {
  const shown = augmentPlaced(rng, pixels, { flip, shift: 19, scale: [0.27, 0.65] })
  const [x, y] = shown.moved(31.5, 31.5)
  const size = Math.abs(shown.moved(63, 31.5)[0] - shown.moved(0, 31.5)[0]) / 63
  return {
    frame: halve({ width: 64, height: 64, data: shown.pixels }),
    box: [(x - 31.5) / 19, (y - 31.5) / 19, (size - 0.46) / 0.19],
  }
}

/** The cell at a point of a 64×64 picture, in the order of `pixelWindows`: row by row of 16 pixels, within one two by two. */
function cellOf(x: number, y: number): number {
  const [cx, cy] = [Math.floor(x / 8), Math.floor(y / 8)]
  return ((cy >> 1) * 4 + (cx >> 1)) * ROW_CELLS + (cy & 1) * 2 + (cx & 1)
}
