/** @file The shape of tony-nano, which the recipes senses and omni share. */
import { type OmniConfig, omniConfig } from '../packages/tony/src/models/omni/config.ts'
import { blockConfig } from '../packages/tony/src/nn/block.ts'

// Four of the codec's six codes: what the others add is finer sound, not words, and each costs a small model as much.
export const nano: OmniConfig = {
  ...omniConfig({ width: 256, layers: 6, textVocab: 4096, audioCodes: 4 }),
  hearing: blockConfig({ width: 192, layers: 10, heads: 3 }),
}

/** The part of the model that a parameter belongs to: the beginning of its name. */
export const senseOf = (name: string): string => name.split('.', 1)[0]!
export const isSense = (name: string): boolean => ['hear', 'see'].includes(senseOf(name))
