/**
 * @file Packs trained checkpoints into a model folder that `tony serve` loads: 8 bits per output channel.
 *
 *   node --conditions=@tony/source --import tsx recipes/publish.ts --out models/tony-nano
 *   node --conditions=@tony/source --import tsx recipes/publish.ts --omni runs/align/ppo-1 --like models/tony-nano --out models/mine
 *
 * With `--like` the codec and the image tokenizer are those of a published model: what goes on from it speaks and draws in
 * its codes.
 */
import { existsSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import type { ModelFile } from '../packages/tony/src/generate/node/load.ts'
import { packWeights } from '../packages/tony/src/models/omni/files.ts'
import { nodeFiles } from '../packages/tony/src/runtime/node/files.ts'
import { TonyError } from '../packages/tony/src/util/errors.ts'
import { openModel, parameterCount } from './align/model.ts'
import { type Coder, openCodec, openImageTokenizer } from './coders.ts'
import { without } from './params.ts'
import { readOptions } from './program.ts'

const { values } = readOptions({
  options: {
    omni: { type: 'string', default: 'runs/omni' },
    codec: { type: 'string', default: 'runs/codec' },
    image: { type: 'string', default: 'runs/image-tokenizer' },
    like: { type: 'string' },
    /** Of a model whose speech was trained as it finds its words: it does not write them first. */
    'no-draft': { type: 'boolean', default: false },
    out: { type: 'string', default: 'models/tony-nano' },
  },
})
console.log(await publish())

/** Writes the folder `out` and says what is in it. */
async function publish(): Promise<string> {
  const { omni: run, like, out } = values
  const omni = openModel(run)
  const codec = coder('codec', openCodec)
  if (codec === undefined)
    throw new TonyError(
      'not_found',
      like === undefined
        ? `neither ${values.codec} nor ${out} has a codec; train one with recipes/codec.ts`
        : `${like} has no codec; name a published model`,
    )
  // Only what is needed to run: heads and discriminators that exist for training alone stay behind.
  const codecParams = without(codec.params, ['phone_head.', 'discriminators.'])
  // With its encoder: what goes on training draws in the same codes.
  const image = coder('image', openImageTokenizer)
  const imageParams = without(image?.params ?? {}, ['discriminators.'])
  const step = omni.metadata['step'] ?? '0'
  const config: ModelFile = {
    model_type: 'tony-omni',
    name: basename(resolve(out)),
    created: Math.floor(Date.now() / 1000),
    parameters: parameterCount(omni.params) + parameterCount(codecParams) + parameterCount(imageParams),
    omni: omni.config,
    codec: codec.config,
    ...(image === undefined ? {} : { image: image.config }),
    generation: { audioTemperature: 0, maxPositions: 400, draft: !values['no-draft'] },
  }
  const write = (name: string, bytes: Uint8Array): Promise<void> => nodeFiles.write(join(out, name), bytes)
  await write('model.safetensors', packWeights(omni.params, { step }))
  if (codec.changed) await write('codec.safetensors', packWeights(codecParams, {}))
  if (image?.changed === true) await write('image.safetensors', packWeights(imageParams, {}))
  await write('tokenizer.json', omni.beside['tokenizer.json'])
  // A list of numbers, or of such lists, is one line, however long.
  const json = JSON.stringify(config, undefined, 2).replace(/\[[\d\s,[\]]+\]/g, (list) => list.replace(/\s+/g, ''))
  await write('config.json', Buffer.from(`${json}\n`))
  return `${out}: step ${step}, ${(config.parameters / 1e6).toFixed(2)} M parameters`
}

/** The codec or the image tokenizer, and whether it is to be written: one that lies in `out` already stays as it is, because models speak and draw in its codes. */
function coder<Config>(
  name: 'codec' | 'image',
  open: (path: string) => Coder<Config>,
): (Coder<Config> & { readonly changed: boolean }) | undefined {
  const run = join(values[name], 'checkpoint.safetensors')
  if (values.like === undefined && existsSync(run)) return { ...open(run), changed: true }
  const published = join(values.like ?? values.out, `${name}.safetensors`)
  return existsSync(published) ? { ...open(published), changed: values.like !== undefined } : undefined
}
