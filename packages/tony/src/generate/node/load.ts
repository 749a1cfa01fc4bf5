/** @file Reads a published model from its folder. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Tokenizer } from '../../media/text/tokenizer.ts'
import type { CodecConfig } from '../../models/codec.ts'
import type { ImageTokenizerConfig } from '../../models/image-tokenizer.ts'
import { type OmniConfig, readOmniConfig } from '../../models/omni/config.ts'
import { unpackWeights } from '../../models/omni/files.ts'
import type { ParamValues } from '../../nn/params.ts'
import { TonyError } from '../../util/errors.ts'
import type { AssistantDefaults } from '../assistant.ts'
import type { EngineParts } from '../engine.ts'
import type { ModelInfo } from '../types.ts'

/** `config.json` of a model folder. */
export interface ModelFile {
  readonly model_type: 'tony-omni'
  readonly name: string
  /** Unix seconds. */
  readonly created: number
  readonly parameters: number
  readonly omni: OmniConfig
  readonly codec: CodecConfig
  readonly image?: ImageTokenizerConfig
  readonly generation: AssistantDefaults
}

async function need(folder: string, file: string): Promise<Buffer> {
  try {
    return await readFile(join(folder, file))
  } catch (cause) {
    throw new TonyError(
      'not_found',
      `model: ${join(folder, file)} cannot be read; restore the model folder or name another with --model`,
      { cause },
    )
  }
}

/** Everything of a model folder; throws `not_found` or `invalid` naming the file. */
export async function readModel(
  folder: string,
): Promise<{ parts: EngineParts; info: ModelInfo; defaults: AssistantDefaults }> {
  let file: ModelFile
  try {
    file = JSON.parse((await need(folder, 'config.json')).toString('utf8')) as ModelFile
  } catch (cause) {
    if (cause instanceof TonyError) throw cause
    throw new TonyError('invalid', `model: ${join(folder, 'config.json')} is not JSON; restore the file`, { cause })
  }
  if (file.model_type !== 'tony-omni')
    throw new TonyError(
      'unsupported',
      `model: ${folder} holds a '${String(file.model_type)}' model; this command runs 'tony-omni' models`,
    )
  const weights = async (name: string): Promise<ParamValues> =>
    unpackWeights(await need(folder, name), join(folder, name)).params
  const tokenizer = Tokenizer.fromJson((await need(folder, 'tokenizer.json')).toString('utf8'))
  const parts: EngineParts = {
    config: readOmniConfig(file.omni),
    params: await weights('model.safetensors'),
    tokenizer,
    codec: { config: file.codec, params: await weights('codec.safetensors') },
    ...(file.image === undefined ? {} : { image: { config: file.image, params: await weights('image.safetensors') } }),
  }
  const info: ModelInfo = {
    id: file.name,
    created: file.created,
    parameters: file.parameters,
    input: ['text', 'audio', 'image', 'video'],
    output: file.image === undefined ? ['text', 'audio'] : ['text', 'audio', 'image'],
    contextLength: file.omni.contextLength,
  }
  return { parts, info, defaults: file.generation }
}
