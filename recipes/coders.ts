/** @file The codec and the image tokenizer, as a run left them or as they were published, each with the shape it was trained in. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ModelFile } from '../packages/tony/src/generate/node/load.ts'
import { type CodecConfig, codecDefaults } from '../packages/tony/src/models/codec.ts'
import { type ImageTokenizerConfig, imageTokenizerDefaults } from '../packages/tony/src/models/image-tokenizer.ts'
import { unpackWeights } from '../packages/tony/src/models/omni/files.ts'
import type { ParamValues } from '../packages/tony/src/nn/params.ts'
import { decodeCheckpoint } from '../packages/tony/src/train/checkpoint.ts'

/** What turns sound or pictures into codes and back. */
export interface Coder<Config> {
  readonly config: Config
  readonly params: ParamValues
}

/** The codec in a file: `checkpoint.safetensors` of a run, or one of a published model (`models/…/codec.safetensors`). */
export function openCodec(path: string): Coder<CodecConfig> {
  const { params, config } = open(path, 'codec')
  return { params, config: { ...codecDefaults, ...config } }
}

/** The image tokenizer in a file, as `openCodec`. */
export function openImageTokenizer(path: string): Coder<ImageTokenizerConfig> {
  const { params, config } = open(path, 'image')
  return { params, config: { ...imageTokenizerDefaults, ...config } }
}

function open<Part extends 'codec' | 'image'>(path: string, part: Part): Coder<ModelFile[Part] | undefined> {
  const bytes = readFileSync(path)
  if (path.endsWith('checkpoint.safetensors')) {
    const { state, metadata } = decodeCheckpoint(bytes, path)
    return { params: state.params, config: JSON.parse(metadata['config'] ?? '{}') as ModelFile[Part] }
  }
  const beside = join(dirname(path), 'config.json')
  const file = existsSync(beside) ? (JSON.parse(readFileSync(beside, 'utf8')) as Partial<ModelFile>) : {}
  return { params: unpackWeights(bytes, path).params, config: file[part] }
}
