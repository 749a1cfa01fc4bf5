/** @file Who judges speech: the model's own ear, and an outside recogniser with a language model or a closed list of sentences. */

import { VOCABULARY } from '../../packages/tony/src/data/world/vocabulary.ts'
import { bigramArpa } from '../../packages/tony/src/eval/bigram.ts'
import { candidateSentences, wordsOf } from '../../packages/tony/src/eval/grammar.ts'
import { characterErrors, others, plainText, type Scored, wordErrors } from '../../packages/tony/src/eval/score.ts'
import { chooseOutside, outsideWords, transcribeByModel } from '../judge.ts'
import { type Report, rightOrWrong, score } from './report.ts'
import { padded, type Subject } from './subject.ts'

/** Sentences of the closed test. */
const CANDIDATES = 200

/** Speech by one speaker, to be compared with what should have been said. */
export interface Speech {
  /** The row's name: `repeat-speech`, `say`, `answer-speech`. */
  readonly name: string
  readonly split: string
  /** Who speaks: the model; the codec, from a recording's codes; the recording itself. */
  readonly speaker: 'model' | 'codec' | 'original'
  readonly texts: readonly string[]
  readonly clips: readonly Float32Array[]
}

/** The outside recogniser for one set of speech; `undefined` where none is installed. */
export interface OutsideJudge {
  /** What is heard in each clip, as any words; `undefined` for a clip whose `texts` has a word that it cannot hear. */
  words(texts: readonly string[], clips: readonly Float32Array[]): Promise<(string | undefined)[]>
  /** Which of 200 sentences each clip is, as `plainText`; `undefined` as above. */
  sentences(texts: readonly string[], clips: readonly Float32Array[]): Promise<(string | undefined)[]>
  /** How many sentences there are to choose from. */
  readonly candidates: number
}

/**
 * Prepares the outside judge: its bigrams are learnt from `training` texts, its closed list has the `tested` texts first and
 * others of the `pool` up to 200.
 */
export function outsideJudge({
  training,
  tested,
  pool,
}: {
  readonly training: readonly string[]
  readonly tested: readonly string[]
  readonly pool: readonly string[]
}): OutsideJudge | undefined {
  const words = outsideWords()
  if (words === undefined) return undefined
  const known = (word: string): boolean => words.has(word)
  const vocabulary = [...VOCABULARY, ...[...training, ...tested].flatMap(wordsOf)]
  const arpa = bigramArpa(training, vocabulary.filter(known))
  const candidates = candidateSentences(tested, pool, { count: CANDIDATES, known })
  const listed = new Set(candidates.map(plainText))
  const judged = async (
    may: readonly boolean[],
    clips: readonly Float32Array[],
    hear: (clips: readonly Float32Array[]) => Promise<string[] | undefined>,
  ): Promise<(string | undefined)[]> => {
    const chosen = clips.filter((_, i) => may[i])
    const heard = chosen.length === 0 ? [] : ((await hear(chosen.map((clip) => padded(clip)))) ?? [])
    let at = 0
    return may.map((yes) => (yes ? (heard[at++] ?? '') : undefined))
  }
  return {
    candidates: candidates.length,
    words: (texts, clips) =>
      judged(
        texts.map((text) => wordsOf(text).every(known)),
        clips,
        (some) => transcribeByModel(some, arpa),
      ),
    sentences: (texts, clips) =>
      judged(
        texts.map((text) => listed.has(plainText(text))),
        clips,
        (some) => chooseOutside(some, candidates),
      ),
  }
}

/** What the model's own ear hears in each clip. */
export function ownEar(
  report: Report,
  subject: Subject,
  {
    what,
    clips,
    parallel,
  }: { readonly what: string; readonly clips: readonly Float32Array[]; readonly parallel: number },
): Promise<string[]> {
  return report.each(`${what}, heard by itself`, clips, {
    parallel,
    work: async (clip) => (clip.length === 0 ? '' : subject.transcribe(padded(clip))),
  })
}

/** Character errors of what was heard against what should be heard; `undefined` hearings are left out. */
export function heardErrors(texts: readonly string[], heard: readonly (string | undefined)[]): Scored[] {
  return texts.flatMap((text, i) => (heard[i] === undefined ? [] : [characterErrors(text, heard[i]!)]))
}

/** The same hearings put to the wrong texts: what a judge gives for speech that says something else. */
export function heardByChance(texts: readonly string[], heard: readonly (string | undefined)[]): Scored[] {
  const kept = texts.flatMap((text, i) => (heard[i] === undefined ? [] : [{ text, heard: heard[i]! }]))
  return others(kept).map((other, i) => characterErrors(kept[i]!.text, other.heard))
}

/** Judges speech from outside, two lines each: by words and as one of 200 sentences. */
export async function reportOutside(
  report: Report,
  outside: OutsideJudge,
  { name, split, speaker, texts, clips }: Speech,
): Promise<void> {
  report.progress(`${name} ${split}, ${speaker}, heard from outside`, 0, clips.length)
  const heard = await outside.words(texts, clips)
  const wordItems = texts.flatMap((text, i) => (heard[i] === undefined ? [] : [wordErrors(text, heard[i]!)]))
  report.detail(name, split, {
    metric: 'cer',
    items: heardErrors(texts, heard),
    chance: heardByChance(texts, heard),
    note: `${speaker}, outside judge by words`,
    more: { judge: 'outside-words', speaker, wer: wordItems.length === 0 ? null : score('wer', wordItems).value },
  })
  const chosen = await outside.sentences(texts, clips)
  report.detail(name, split, {
    metric: 'accuracy',
    items: texts.flatMap((text, i) => (chosen[i] === undefined ? [] : [rightOrWrong(chosen[i] === plainText(text))])),
    chance: 1 / outside.candidates,
    note: `${speaker}, outside judge, one of ${outside.candidates} sentences`,
    more: { judge: 'outside-sentences', speaker, candidates: outside.candidates },
  })
}
