/** @file Held-out items of the spoken world. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openSpeech } from '../../packages/tony/src/data/node/speech-files.ts'
import type { SpeechRow } from '../../packages/tony/src/data/types.ts'
import type { WorldSample } from '../../packages/tony/src/data/world/kind.ts'
import { TonyError } from '../../packages/tony/src/util/errors.ts'
import { groupBy } from '../../packages/tony/src/util/group.ts'

/** What an id of a clip begins with: see data/node/speech-corpus-world.ts. */
export type ClipKind = 'q' | 'a' | 'p' | 's' | 'uq' | 'up'

export interface SpokenCorpus {
  /** Clips of one kind that were not trained on, in the corpus' order, which is by lot. */
  heldOut(kind: ClipKind): readonly SpeechRow[]
  /** All clips of one kind, those of training too. */
  all(kind: ClipKind): readonly SpeechRow[]
  /** Different texts of training clips of some kinds. */
  trainingTexts(kinds: readonly ClipKind[]): string[]
  readonly items: readonly WorldSample[]
  /** A whole clip, 16 kHz. */
  samples(row: SpeechRow): Float32Array
  /** A clip of the speaking voice cut as answers are for training: 40 ms before the first word to 100 ms after the last. */
  cut(row: SpeechRow): Float32Array
}

/** Opens `folder`; throws `not_found` with the command that builds it. */
export function openSpokenCorpus(folder: string): SpokenCorpus {
  const speech = openSpeech(folder)
  const itemFile = join(folder, 'items.jsonl')
  if (!existsSync(itemFile))
    throw new TonyError('not_found', `no ${itemFile}; build it with recipes/build-speech.ts --corpus speech-world`)
  const byKind = groupBy(speech.rows, (row) => row.id.split('-')[0]!)
  const all = (kind: ClipKind): readonly SpeechRow[] => byKind.get(kind) ?? []
  return {
    all,
    heldOut: (kind) => all(kind).filter((row) => row.split !== 'train'),
    trainingTexts: (kinds) => [
      ...new Set(kinds.flatMap((kind) => all(kind).flatMap((row) => (row.split === 'train' ? [row.text] : [])))),
    ],
    items: readFileSync(itemFile, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as WorldSample), // written by recipes/build-speech.ts
    samples: (row) => speech.samples(row),
    cut(row) {
      const samples = speech.samples(row)
      const [first, last] = [row.words[0], row.words.at(-1)]
      if (first === undefined || last === undefined) return samples
      const from = Math.max(0, Math.round((first.start - 0.04) * 16_000))
      return samples.slice(from, Math.round((last.end + 0.1) * 16_000))
    },
  }
}

/** `count` phrases and questions in turn, in voices of training and in the one that it never had. */
export function sentences(
  corpus: SpokenCorpus,
  count: number,
): { split: 'held-out' | 'unseen-voice'; phrases: ClipKind; questions: ClipKind; rows: readonly SpeechRow[] }[] {
  const kinds = [
    { split: 'held-out', phrases: 'p', questions: 'q' },
    { split: 'unseen-voice', phrases: 'up', questions: 'uq' },
  ] as const
  return kinds.map(({ split, phrases, questions }) => ({
    ...{ split, phrases, questions },
    rows: alternately(corpus.heldOut(phrases), corpus.heldOut(questions), count),
  }))
}

/** One of `a`, one of `b`, and so on, while both last: `count` in all. */
export function alternately<T>(a: readonly T[], b: readonly T[], count: number): T[] {
  const out: T[] = []
  for (let i = 0; out.length < count && i < Math.max(a.length, b.length); i++) {
    if (i < a.length) out.push(a[i]!)
    if (i < b.length && out.length < count) out.push(b[i]!)
  }
  return out
}
