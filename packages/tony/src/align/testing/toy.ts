/** @file A model small enough to align in a test: it writes six words. */
import { Tokenizer } from '../../media/text/tokenizer.ts'
import { controlId, controlTokens, type OmniConfig, omniConfig } from '../../models/omni/config.ts'
import type { BatchShape } from '../../models/omni/model.ts'
import type { Element } from '../../models/omni/sequence.ts'
import { blockConfig } from '../../nn/block.ts'
import { initParams, ParamScope, type ParamValues } from '../../nn/params.ts'
import type { Files } from '../../util/files.ts'
import { actionLogprobs, type PolicyShape, sampleInputs } from '../policy.ts'
import { type Sample, writtenSample } from '../samples.ts'

export const WORDS = 6
export const config: OmniConfig = {
  ...omniConfig({ textVocab: WORDS }),
  imageCodes: 1,
  contextLength: 64,
  block: blockConfig({ width: 32, layers: 1, heads: 2 }),
}
export const tokenizer: Tokenizer = Tokenizer.fromMerges([], controlTokens)
export const shape: BatchShape = { batch: 8, time: 64, audio: 0, image: 0, frames: 0, targets: 256 }
export const policyShape: PolicyShape = { config, shape, words: WORDS, temperature: 1 }

const control = (name: Parameters<typeof controlId>[1]): Element => ({ kind: 'token', id: controlId(config, name) })
export const word = (id: number): Element => ({ kind: 'token', id })
export const end: Element = control('<|end|>')
export const prompt: readonly Element[] = [control('<|user|>')]

/** `prompt` answered by `words` and the end. */
export function answered(words: readonly number[]): Sample {
  const asked = [...prompt, control('<|assistant|>'), control('<|text|>')]
  return writtenSample(asked, [...words, controlId(config, '<|end|>')])
}

/** A policy that has learned nothing. */
export function newPolicy(seed: number): ParamValues {
  const scope = new ParamScope()
  actionLogprobs(scope, sampleInputs(config, shape), policyShape)
  return initParams(
    scope.entries.map(({ spec }) => spec),
    seed,
  )
}

export function memoryFiles(): Files & { stored: Map<string, Uint8Array> } {
  const stored = new Map<string, Uint8Array>()
  return {
    stored,
    read: async (path) => stored.get(path),
    write: async (path, bytes) => void stored.set(path, bytes.slice()),
    append: async () => undefined,
  }
}
