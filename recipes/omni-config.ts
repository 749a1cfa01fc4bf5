/** @file The shape of tony-nano, which the recipes senses and omni share. */
import { omniConfig } from '../packages/tony/src/models/omni/config.ts'

// Four of the codec's six codes: what the others add is finer sound, not words, and each costs a small model as much.
export const nano = omniConfig({ width: 256, layers: 6, textVocab: 4096, audioCodes: 4 })
