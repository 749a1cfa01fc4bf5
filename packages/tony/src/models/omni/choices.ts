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

/** Tokens [from, to). */
export type Span = readonly [from: number, to: number]

/** The tokens of `choice`, in order, as spans that do not touch; `words` is the size of the tokenizer's vocabulary. */
export function allowed(config: OmniConfig, words: number, choice: Choice): readonly Span[] {
  if (choice === 'any') return [[0, vocabSize(config)]]
  const first = imageCodeId(config, 0)
  if (choice === 'picture') return [[first, first + config.imageCodes]]
  const limit = Math.min(config.textVocab, words)
  const ids: number[] = []
  if (choice === 'write' || choice.endsWith('end')) ids.push(controlId(config, '<|end|>'))
  if (choice.startsWith('word|frame')) ids.push(controlId(config, '<|frame|>'))
  const others = ids.filter((id) => id >= limit).sort((a, b) => a - b)
  return [[0, limit], ...others.map((id): Span => [id, id + 1])]
}

/** Of `choice`, what says a text that is known: its next word, the sound of the last one, and the end where no word is left. */
export function toldChoice(config: OmniConfig, choice: Choice, next: number | undefined): readonly Span[] {
  const frame = choice.startsWith('word|frame') ? [controlId(config, '<|frame|>')] : []
  const ends = next === undefined && (choice.endsWith('end') || frame.length === 0)
  const ids = [...frame, ...(next === undefined ? [] : [next]), ...(ends ? [controlId(config, '<|end|>')] : [])]
  return ids.sort((a, b) => a - b).map((id): Span => [id, id + 1])
}

/** Rows [choices, vocab] to add to logits: 0 where a token is allowed, -1e9 elsewhere. */
export function choiceMasks(config: OmniConfig, words: number): Float32Array {
  const vocab = vocabSize(config)
  const masks = new Float32Array(choices.length * vocab).fill(-1e9)
  choices.forEach((choice, row) => {
    for (const [from, to] of allowed(config, words, choice)) masks.fill(0, row * vocab + from, row * vocab + to)
  })
  return masks
}
