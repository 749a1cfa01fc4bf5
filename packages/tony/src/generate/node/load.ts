/** @file Reads a published model from its folder. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Tokenizer } from '../../media/text/tokenizer.ts'
import { unpackWeights } from '../../models/omni/files.ts'
import type { ParamValues } from '../../nn/params.ts'
import { TonyError } from '../../util/errors.ts'
import type { AssistantDefaults } from '../assistant.ts'
import type { EngineParts } from '../engine.ts'
import type { ModelInfo } from '../types.ts'
import { parseModelFile } from './model-file.ts'

export type { ModelFile } from './model-file.ts'

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

/** What a parser throws names neither its file nor what to do about it. */
async function reading<T>(folder: string, name: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (cause) {
    const path = join(folder, name)
    if (cause instanceof TonyError && (cause.code === 'not_found' || cause.message.includes(path))) throw cause
    throw new TonyError('invalid', `model: ${path} is broken: ${(cause as Error).message}; restore the file`, { cause })
  }
}

/** Everything of a model folder; throws `not_found` or `invalid` naming the file. */
export async function readModel(
  folder: string,
): Promise<{ parts: EngineParts; info: ModelInfo; defaults: AssistantDefaults }> {
  const text = async (name: string): Promise<string> => (await need(folder, name)).toString('utf8')
  const file = parseModelFile(await text('config.json'), join(folder, 'config.json'))
  const weights = (name: string): Promise<ParamValues> =>
    reading(folder, name, async () => unpackWeights(await need(folder, name), join(folder, name)).params)
  const parts: EngineParts = {
    config: file.omni,
    params: await weights('model.safetensors'),
    tokenizer: await reading(folder, 'tokenizer.json', async () => Tokenizer.fromJson(await text('tokenizer.json'))),
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
