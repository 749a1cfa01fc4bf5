/** @file Clips of speech as models are trained to hear them: the corpora, how clips are changed, what is known of them. */
import { existsSync } from 'node:fs'
import { excerpt, type Heard, type HearingOptions, hear, type MelClip } from '../packages/tony/src/data/hearing.ts'
import { mishearing } from '../packages/tony/src/data/misheard.ts'
import { openMels } from '../packages/tony/src/data/node/mel-files.ts'
import { drawnNames } from '../packages/tony/src/data/node/speech-corpus-pictures.ts'
import { openSpeech } from '../packages/tony/src/data/node/speech-files.ts'
import { PHONES } from '../packages/tony/src/data/node/synth-phones.ts'
import type { SpeechRow } from '../packages/tony/src/data/types.ts'
import { normalise, wordsOf } from '../packages/tony/src/data/world/normalise.ts'
import { VOCABULARY } from '../packages/tony/src/data/world/vocabulary.ts'
import type { Tokenizer } from '../packages/tony/src/media/text/tokenizer.ts'
import type { HeardLabel, SequenceBuilder } from '../packages/tony/src/models/omni/sequence.ts'
import { PATCH_SAMPLES } from '../packages/tony/src/models/omni/windows.ts'
import type { Rng } from '../packages/tony/src/util/rng.ts'

/** A few voices become many: most clips are spoken by another vocal tract, up to one seventh longer or shorter, some in a room, through a telephone or far away; and some begin late, as in a live conversation. */
export const widely: HearingOptions = {
  warped: 0.75,
  tract: 0.14,
  disguised: 0.5,
  roomy: 0.3,
  narrow: 0.25,
  soft: 0.4,
  waits: 0.3,
}

/** The spoken world, and more of it where it was built: with other seeds, as `speech-world-2` and so on, by other speakers, requests to draw, and words that people say. */
export function worldFolders(data: string): [first: string, ...more: string[]] {
  const more = [
    ...[2, 3, 4].map((seed) => `${data}/speech-world-${seed}`),
    `${data}/speech-balanced`,
    `${data}/speech-accents`,
    `${data}/speech-tracts`,
    `${data}/speech-voices`,
    `${data}/speech-pictures`,
    `${data}/speech-words`,
  ]
  return [`${data}/speech-world`, ...more.filter((folder) => existsSync(`${folder}/index.jsonl`))]
}

/**
 * Clips of one split of corpora of speech. From those after the first only what is said to Tony is taken, questions,
 * phrases, words and requests to draw, and no text that the first keeps for tests.
 */
export function openClips(
  [first, ...more]: readonly [first: string, ...more: string[]],
  split: SpeechRow['split'] = 'train',
): {
  /** Of the first corpus: all its rows, and those of the split. */
  all: readonly SpeechRow[]
  rows: readonly SpeechRow[]
  others: readonly SpeechRow[]
  clip: (row: SpeechRow) => MelClip
  samples: (row: SpeechRow) => Float32Array
} {
  const framesOf = new Map<SpeechRow, (row: SpeechRow) => Int16Array>()
  const take = (
    folder: string,
    speech: ReturnType<typeof openSpeech>,
    wanted: (row: SpeechRow) => boolean = () => true,
  ): SpeechRow[] => {
    const mels = openMels(folder, speech, console.log)
    const rows = speech.rows.filter((row) => row.split === split && wanted(row))
    for (const row of rows) framesOf.set(row, mels)
    return rows
  }
  const own = openSpeech(first)
  const tested = testedIn(own.rows)
  return {
    all: own.rows,
    rows: take(first, own),
    others: more.flatMap((folder) =>
      take(folder, openSpeech(folder), ({ id, text }) => /^(q|p|w|draw)-/.test(id) && !tested.has(normalise(text))),
    ),
    clip: (row) => hearable(row, framesOf.get(row)!(row)),
    samples: own.samples,
  }
}

/** The texts that a corpus keeps for tests, normalised: what it says in training may not be taken from another corpus. */
export function testedIn(rows: readonly SpeechRow[]): ReadonlySet<string> {
  return new Set(rows.flatMap((row) => (row.split === 'train' ? [] : [normalise(row.text)])))
}

/** Clips to be heard by the omni model, with what is known of them. */
export function openHeard(
  folders: Parameters<typeof openClips>[0],
  tokenizer: Tokenizer,
): Pick<ReturnType<typeof openClips>, 'all' | 'rows' | 'others' | 'samples'> & {
  heard: (rng: Rng, builder: SequenceBuilder, row: SpeechRow) => SequenceBuilder
  /** Some words of a clip alone, and what they are. */
  heardInPart: (rng: Rng, builder: SequenceBuilder, row: SpeechRow) => { builder: SequenceBuilder; text: string }
  /** What hearing might tell of `text` if somebody said it. */
  told: (rng: Rng, builder: SequenceBuilder, text: string) => SequenceBuilder
} {
  const { clip, ...opened } = openClips(folders)
  const words = new Map(
    [...opened.rows, ...opened.others].map((row) => [
      row,
      plainWords(row).map((word) => wordTokens(tokenizer, word)[0]),
    ]),
  )
  const tell = (rng: Rng, builder: SequenceBuilder, said: readonly string[], samples: number): SequenceBuilder => {
    const tokens = mishear(rng, said).flatMap((word) => wordTokens(tokenizer, word))
    return builder.told(tokens, samples / PATCH_SAMPLES + AROUND)
  }
  return {
    ...opened,
    told: (rng, builder, text) =>
      tell(rng, builder, wordsOf(text), text.length * LETTER_SAMPLES * (0.75 + rng.next() / 2)),
    heard(rng, builder, row) {
      if (builder.tells) {
        const said = plainWords(row)
        if (tellable(said) && rng.next() < TOLD_ALONE) return tell(rng, builder, said, row.length)
      }
      const sound = hear(rng, clip(row), widely)
      return builder.audio(sound.patches, labelsOf(sound, words.get(row)!))
    },
    heardInPart(rng, builder, row) {
      const said = row.words
      const [first, last] = someWords(rng, said.length)
      const sound = hear(rng, excerpt(clip(row), first, last), widely)
      const text = said.slice(first, last + 1).map((word) => word.text)
      return {
        builder: builder.audio(sound.patches, labelsOf(sound, words.get(row)!.slice(first, last + 1))),
        text: text.join(' ').replace(/[.,!?;:]+$/, ''),
      }
    },
  }
}

/**
 * Share of clips of which the transformer gets only the words, with mistakes as hearing makes them, and no sound: a quarter
 * of its positions, and nothing else to go by.
 */
const TOLD_ALONE = 0.25
/** Mean length of a letter of a question in the corpora, in samples. */
const LETTER_SAMPLES = 1114
/** Patches around a clip. */
const AROUND = 8
/** What hearing tells apart: the words of the world, and those of what can be drawn. */
const vocabulary = new Set([...VOCABULARY, ...drawnNames.flatMap((name) => name.toLowerCase().split(' '))])
const mishear = mishearing([...vocabulary])
/** Whether hearing tells a plain word apart. */
export const isWord = (word: string): boolean => vocabulary.has(word)
/** Words that hearing does not know only the sound can tell: taken for others they would make a question of this world out of one beyond it. */
export const tellable = (words: readonly string[]): boolean => words.every(isWord)

/** Share of clips of which one to three words are heard alone. */
export const IN_PART = 0.15

/** The first and the last of one to three words of `count` that follow each other; one is as frequent as two or three. */
export function someWords(rng: Rng, count: number): [first: number, last: number] {
  const length = Math.min(count, rng.next() < 0.5 ? 1 : 2 + rng.int(2))
  const first = rng.int(count - length + 1)
  return [first, first + length - 1]
}

/** A clip of the corpus as `hear` takes it. */
function hearable(row: SpeechRow, frames: Int16Array): MelClip {
  return {
    frames,
    ends: row.words.map(({ end }) => end),
    phones: (row.phones ?? []).map(({ text, start, end }) => ({ id: PHONES.indexOf(text), start, end })),
  }
}

/** The words of a clip in small letters, without what is written behind them. */
export const plainWords = ({ words }: SpeechRow): string[] =>
  words.map(({ text }) => text.replace(/[.,!?;:]+$/, '').toLowerCase())

/** The tokens of a plain word as it stands inside a sentence; the first is what the network should know when the word has ended. */
export function wordTokens(tokenizer: Tokenizer, word: string): readonly number[] {
  return word === '' ? [] : tokenizer.encode(` ${word}`)
}

function labelsOf(sound: Heard, words: readonly (number | undefined)[]): HeardLabel[] {
  return sound.turns.map((turn, i) => {
    const word = words[sound.words[i]!]
    return { turn, phones: sound.phones[i]!, ...(word === undefined ? {} : { word }) }
  })
}
