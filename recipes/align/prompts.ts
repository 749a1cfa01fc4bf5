/** @file Prompts that answers are sampled for: from a file, or of the simulated world's users. */
import { existsSync, readFileSync } from 'node:fs'
import { sampleInstruction } from '../../packages/tony/src/data/instructions/prompts.ts'
import { parseJsonLines } from '../../packages/tony/src/data/preference-formats.ts'
import type { Element } from '../../packages/tony/src/models/omni/sequence.ts'
import { TonyError } from '../../packages/tony/src/util/errors.ts'
import type { Rng } from '../../packages/tony/src/util/rng.ts'
import { askedElements } from './labels.ts'
import type { LoadedModel } from './model.ts'

/** Draws prompts: lines `{"prompt": "…"}` of `file`, or without one the training prompts of the simulated world. */
export function openPrompts(model: LoadedModel, file?: string): (rng: Rng) => Element[] {
  if (file === undefined) return (rng) => askedElements(model, sampleInstruction(rng, { split: 'train' }).text)
  const texts = promptTexts(file)
  return (rng) => askedElements(model, rng.pick(texts))
}

/** The texts of a file of prompts. Throws `invalid` where it has none, or a line without one. */
export function promptTexts(file: string): string[] {
  if (!existsSync(file))
    throw new TonyError('not_found', `there is no ${file}; write prompts into it, as {"prompt": "…"} a line`)
  const texts = parseJsonLines(readFileSync(file, 'utf8')).map(({ line, value }) => {
    const { prompt } = (value ?? {}) as { prompt?: unknown }
    if (typeof prompt === 'string') return prompt
    throw new TonyError('invalid', `${file}: line ${line} has no text named prompt`)
  })
  if (texts.length === 0) throw new TonyError('invalid', `${file} has no prompts`)
  return texts
}
