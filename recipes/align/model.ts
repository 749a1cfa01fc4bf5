/** @file Models as the recipes of alignment start from them: any run or published folder, with its tokenizer. */
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { averaged } from '../../packages/tony/src/align/average.ts'
import { CRITIC } from '../../packages/tony/src/align/losses.ts'
import type { ModelFile } from '../../packages/tony/src/generate/node/load.ts'
import { Tokenizer } from '../../packages/tony/src/media/text/tokenizer.ts'
import { type OmniConfig, readOmniConfig } from '../../packages/tony/src/models/omni/config.ts'
import { unpackWeights } from '../../packages/tony/src/models/omni/files.ts'
import type { ParamValues } from '../../packages/tony/src/nn/params.ts'
import { decodeCheckpoint } from '../../packages/tony/src/train/checkpoint.ts'
import { TonyError } from '../../packages/tony/src/util/errors.ts'

export interface LoadedModel {
  readonly params: ParamValues
  readonly config: OmniConfig
  readonly tokenizer: Tokenizer
  /** What lies beside its weights, and should beside those that are trained from it. */
  readonly beside: { readonly 'tokenizer.json': Uint8Array }
  /** What else its checkpoint says of it. */
  readonly metadata: Readonly<Record<string, string>>
}

/** The model of a run (`checkpoint.safetensors`; its averaged weights, where it has some) or of a published folder (`model.safetensors`), without a critic. */
export function openModel(folder: string): LoadedModel {
  const weights = weightsOf(folder)
  const tokenizer = [folder, dirname(folder)]
    .map((place) => join(place, 'tokenizer.json'))
    .find((path) => existsSync(path))
  if (tokenizer === undefined)
    throw new TonyError(
      'not_found',
      `align: no tokenizer.json in ${folder} or beside it; copy the one it was trained with`,
    )
  const bytes = readFileSync(tokenizer)
  return { ...weights, tokenizer: Tokenizer.fromJson(bytes.toString('utf8')), beside: { 'tokenizer.json': bytes } }
}

function weightsOf(folder: string): Omit<LoadedModel, 'tokenizer' | 'beside'> {
  const run = join(folder, 'checkpoint.safetensors')
  if (existsSync(run)) {
    const { state, metadata } = decodeCheckpoint(readFileSync(run), run)
    const { config } = metadata
    if (config === undefined)
      throw new TonyError('invalid', `align: ${run} does not say what model it holds; train it anew`)
    const own = Object.entries(averaged(state.params)).filter(([name]) => !name.startsWith(`${CRITIC}.`))
    return { params: Object.fromEntries(own), config: readOmniConfig(JSON.parse(config)), metadata }
  }
  const published = join(folder, 'model.safetensors')
  if (!existsSync(published))
    throw new TonyError(
      'not_found',
      `align: there is no model in ${folder} (looked for checkpoint.safetensors and model.safetensors)`,
    )
  const { omni } = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as ModelFile
  return {
    params: unpackWeights(readFileSync(published), published).params,
    config: readOmniConfig(omni),
    metadata: {},
  }
}

/** The name of a run that goes on from `from`: `sft-small` after `base-small`, `tony-nano-sft` after `tony-nano`. */
export function nameAfter(from: string, { earlier, method }: { earlier: string; method: string }): string {
  const name = basename(from)
  return name.includes(earlier) ? name.replace(earlier, method) : `${name}-${method}`
}

/** Whether a model is, or comes from, one that hears. */
export function isOmni(params: ParamValues): boolean {
  return Object.keys(params).some((name) => name.startsWith('hear.'))
}

/** The learning rate where none is given: `small` suits the models of the study; the shipped one forgets with it (docs/log.md) and gets a fifth. */
export function usualPeak(params: ParamValues, small: number): number {
  return isOmni(params) ? small / 5 : small
}

/** How many numbers a model has. */
export function parameterCount(params: ParamValues): number {
  return Object.values(params).reduce((sum, { data }) => sum + data.length, 0)
}
