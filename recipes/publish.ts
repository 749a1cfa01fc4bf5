/**
 * @file Packs trained checkpoints into a model folder that `tony serve` loads: 8 bits per output channel.
 *
 *   node --conditions=@tony/source --import tsx recipes/publish.ts --out models/tony-nano
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { ModelFile } from '../packages/tony/src/generate/node/load.ts'
import { codecDefaults } from '../packages/tony/src/models/codec.ts'
import { imageTokenizerDefaults } from '../packages/tony/src/models/image-tokenizer.ts'
import { packWeights, unpackWeights } from '../packages/tony/src/models/omni/files.ts'
import type { ParamValues } from '../packages/tony/src/nn/params.ts'
import { nodeFiles } from '../packages/tony/src/runtime/node/files.ts'
import { decodeCheckpoint } from '../packages/tony/src/train/checkpoint.ts'

const { values } = parseArgs({
  options: {
    omni: { type: 'string', default: 'runs/omni' },
    codec: { type: 'string', default: 'runs/codec' },
    image: { type: 'string', default: 'runs/image-tokenizer' },
    out: { type: 'string', default: 'models/tony-nano' },
  },
})

const read = (folder: string): { params: ParamValues; metadata: Readonly<Record<string, string>>; step: number } => {
  const path = join(folder, 'checkpoint.safetensors')
  const { state, metadata } = decodeCheckpoint(readFileSync(path), path)
  return { params: state.params, metadata, step: state.step }
}
const size = (params: ParamValues): number => Object.values(params).reduce((sum, { data }) => sum + data.length, 0)
/** Only what is needed to run: heads that exist for training alone stay behind. */
const without = (params: ParamValues, prefix: string): ParamValues =>
  Object.fromEntries(Object.entries(params).filter(([name]) => !name.startsWith(prefix)))

const omni = read(values.omni)
/** Weights of a tokenizer, and whether its run's folder is there: one that was published before stays as it is, because models speak and draw in its codes. */
const tokenizer = (name: 'codec' | 'image'): { params: ParamValues; trained: boolean } | undefined => {
  if (existsSync(join(values[name], 'checkpoint.safetensors')))
    return { params: read(values[name]).params, trained: true }
  const published = join(values.out, `${name}.safetensors`)
  return existsSync(published)
    ? { params: unpackWeights(readFileSync(published), published).params, trained: false }
    : undefined
}
const codec = tokenizer('codec')
if (codec === undefined) {
  console.error(`publish: neither ${values.codec} nor ${values.out} has a codec; train one with recipes/codec.ts`)
  process.exit(1)
}
const codecParams = without(codec.params, 'phone_head')
// With its encoder: what goes on training draws in the same codes.
const image = tokenizer('image')
const created = Math.floor(Date.now() / 1000)
const config: ModelFile = {
  model_type: 'tony-omni',
  name: 'tony-nano',
  created,
  parameters: size(omni.params) + size(codecParams) + size(image?.params ?? {}),
  omni: JSON.parse(omni.metadata['config']!),
  codec: codecDefaults,
  ...(image === undefined ? {} : { image: imageTokenizerDefaults }),
  generation: { audioTemperature: 0, maxPositions: 400 },
}
await nodeFiles.write(join(values.out, 'model.safetensors'), packWeights(omni.params, { step: String(omni.step) }))
if (codec.trained) await nodeFiles.write(join(values.out, 'codec.safetensors'), packWeights(codecParams, {}))
if (image?.trained === true) await nodeFiles.write(join(values.out, 'image.safetensors'), packWeights(image.params, {}))
await nodeFiles.write(join(values.out, 'tokenizer.json'), readFileSync(join(values.omni, 'tokenizer.json')))
await nodeFiles.write(join(values.out, 'config.json'), Buffer.from(`${JSON.stringify(config, undefined, 2)}\n`))
console.log(`${values.out}: step ${omni.step}, ${(config.parameters / 1e6).toFixed(2)} M parameters`)
