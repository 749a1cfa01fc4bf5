/** @file What may stand next in an answer: the sets that sampling chooses from, and that training on what was sampled normalises over. */
import { controlId, imageCodeId, type OmniConfig, vocabSize } from './config.ts'

/**
 * Sets of tokens. `write`: words, or the end. `word`: words alone; with `frame` the sound of a word may go on, with `end`
 * the answer may end. `picture`: picture codes. `any`: all.
 */
export const choices = ['any', 'write', 'word', 'word|frame', 'word|end', 'word|frame|end', 'picture'] as const
export type Choice = (typeof choices)[number]

/** Guards of speech (MODEL.md, "Speaking"): frames before the next word may begin, and frames without a new word. */
export const MIN_FRAMES = 2
export const MAX_FRAMES = 25

/** What may follow in speech, by the words begun ahead of their sound and the frames since the last one. */
export function spokenChoice({ framesSinceWord, words }: { framesSinceWord: number; words: number }): Choice {
  const frame = words > 0 && framesSinceWord < MAX_FRAMES
  const end = framesSinceWord >= MIN_FRAMES || words === 0
  return frame ? (end ? 'word|frame|end' : 'word|frame') : end ? 'word|end' : 'word'
}

/** Whether `choice` has a token; `words` is the size of the tokenizer's vocabulary. */
export function allows(config: OmniConfig, words: number, choice: Choice): (id: number) => boolean {
  const end = controlId(config, '<|end|>')
  const frame = controlId(config, '<|frame|>')
  const first = imageCodeId(config, 0)
  const limit = Math.min(config.textVocab, words)
  if (choice === 'any') return () => true
  if (choice === 'picture') return (id) => id >= first && id < first + config.imageCodes
  const mayEnd = choice === 'write' || choice.endsWith('end')
  const maySound = choice.startsWith('word|frame')
  return (id) => id < limit || (mayEnd && id === end) || (maySound && id === frame)
}

/** Rows [choices, vocab] to add to logits: 0 where a token is allowed, -1e9 elsewhere. */
export function choiceMasks(config: OmniConfig, words: number): Float32Array {
  const vocab = vocabSize(config)
  const masks = new Float32Array(choices.length * vocab).fill(-1e9)
  choices.forEach((choice, row) => {
    const allowed = allows(config, words, choice)
    for (let id = 0; id < vocab; id++) if (allowed(id)) masks[row * vocab + id] = 0
  })
  return masks
}
