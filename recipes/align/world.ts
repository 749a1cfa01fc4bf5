/**
 * @file What the recipes of alignment share where no people are at hand: models of three sizes, the tokenizer and the
 * samples of the instruction world (packages/tony/src/data/instructions).
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { mediaNeeded, rowsNeeded, type Sample, writtenSample } from '../../packages/tony/src/align/samples.ts'
import { sampleDocument } from '../../packages/tony/src/data/instructions/documents.ts'
import { BpeTrainer } from '../../packages/tony/src/media/text/bpe.ts'
import { Tokenizer } from '../../packages/tony/src/media/text/tokenizer.ts'
import { controlId, controlTokens, type OmniConfig, omniConfig } from '../../packages/tony/src/models/omni/config.ts'
import { EAR } from '../../packages/tony/src/models/omni/hearing.ts'
import type { BatchShape } from '../../packages/tony/src/models/omni/model.ts'
import { type Element, SequenceBuilder } from '../../packages/tony/src/models/omni/sequence.ts'
import { SHEET } from '../../packages/tony/src/models/omni/sight.ts'
import { blockConfig } from '../../packages/tony/src/nn/block.ts'
import { TonyError } from '../../packages/tony/src/util/errors.ts'
import { makeRng, type Rng } from '../../packages/tony/src/util/rng.ts'

const VOCABULARY = 1024

/** Sizes by name. The largest has a hundred times the parameters of the smallest. */
export const SIZES = {
  small: { width: 48, layers: 2, heads: 4 },
  medium: { width: 128, layers: 4, heads: 4 },
  large: { width: 384, layers: 6, heads: 6 },
} as const
export type Size = keyof typeof SIZES

/** The omni model without senses, voice or pictures. */
export function configOf(size: string): OmniConfig {
  if (!(size in SIZES))
    throw new TonyError('invalid', `align: there is no size '${size}' (expected ${Object.keys(SIZES).join(', ')})`)
  return {
    ...omniConfig({ textVocab: VOCABULARY }),
    imageCodes: 1,
    contextLength: 256,
    block: blockConfig(SIZES[size as Size]),
  }
}

/** Room of a batch of text. */
export function textShape(batch: number, time = 256): BatchShape {
  return { batch, time, audio: 0, image: 0, frames: 0, targets: batch * time }
}

/** Room of `rows` times 256 positions, in rows as long as the model's longest context: no sample is too long for it. */
export function roomOf(rows: number, { contextLength }: OmniConfig): BatchShape {
  const time = Math.max(256, contextLength)
  return textShape(Math.max(2, Math.ceil((rows * 256) / time)), time)
}

/** Room of `rows` times 256 positions for batches drawn from `samples`: for as much sound and as many pictures as such a batch has, or one of its samples alone. */
export function roomForSome(rows: number, samples: readonly Sample[], config: OmniConfig): BatchShape {
  const room = roomOf(rows, config)
  const positions = samples.reduce((sum, { prompt, answer }) => sum + prompt.length + answer.length, 0)
  // A batch holds more than the average one now and then.
  const share = Math.min(1, (1.25 * room.batch * room.time) / positions)
  const alone = samples.map((sample) => mediaNeeded([sample]))
  const total = mediaNeeded(samples)
  const need = (kind: 'audio' | 'image' | 'frames', of: number): number => {
    const most = alone.reduce((largest, one) => Math.max(largest, one[kind]), 0)
    return Math.max(most, Math.ceil((share * total[kind]) / of) * of)
  }
  return { ...room, audio: need('audio', EAR), image: need('image', SHEET), frames: need('frames', 64) }
}

/** Room for each of `batches` of a model's samples: rows of 256 positions, or as long as the longest sample. */
export function shapeFor(batches: Iterable<readonly Sample[]>, { contextLength }: OmniConfig): BatchShape {
  const all = [...batches]
  const longest = all.flat().reduce((most, { prompt, answer }) => Math.max(most, prompt.length + answer.length), 0)
  const time = Math.min(contextLength, Math.max(256, 64 * Math.ceil(longest / 64)))
  const rows = all.reduce((most, samples) => Math.max(most, rowsNeeded(samples, time)), 1)
  const media = all.map(mediaNeeded)
  const most = (kind: 'audio' | 'image' | 'frames'): number => media.reduce((n, need) => Math.max(n, need[kind]), 0)
  return { ...textShape(rows, time), audio: most('audio'), image: most('image'), frames: most('frames') }
}

/** The tokenizer at `path`, trained on texts of the world if it is not there yet. */
export function worldTokenizer(path = 'runs/align/tokenizer.json'): Tokenizer {
  if (existsSync(path)) return Tokenizer.fromJson(readFileSync(path, 'utf8'))
  const trainer = new BpeTrainer()
  const rng = makeRng(1)
  for (let i = 0; i < 30_000; i++) trainer.add(sampleDocument(rng))
  const tokenizer = Tokenizer.fromMerges(trainer.train({ vocabSize: VOCABULARY }), controlTokens)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, tokenizer.toJson())
  return tokenizer
}

/** `text` after the mark where documents begin and end. */
export function beginning(tokenizer: Tokenizer, config: OmniConfig, text: string): Element[] {
  return new SequenceBuilder(config, tokenizer).control('<|end|>').text(text).elements
}

/** A document of the pretraining text, all of it to be predicted. */
export function documentSample(tokenizer: Tokenizer, config: OmniConfig, rng: Rng): Sample {
  const ids = tokenizer.encode(sampleDocument(rng)).slice(0, 250)
  return writtenSample(beginning(tokenizer, config, ''), [...ids, controlId(config, '<|end|>')])
}

/** More documents than a batch of 8 rows of 256 positions holds: `packSome` takes those that fit. */
export function documentSamples(tokenizer: Tokenizer, config: OmniConfig, rng: Rng): Sample[] {
  return Array.from({ length: 120 }, () => documentSample(tokenizer, config, rng))
}
