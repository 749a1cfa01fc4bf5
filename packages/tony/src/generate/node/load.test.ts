import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { codec, config, params, shape, tokenizer } from '../../../../../test/helpers/tiny-omni.ts'
import { codecDecoder, codecEncoder } from '../../models/codec.ts'
import { packWeights } from '../../models/omni/files.ts'
import { omniLoss } from '../../models/omni/model.ts'
import type { TonyError } from '../../util/errors.ts'
import { readModel } from './load.ts'

const file = {
  model_type: 'tony-omni',
  name: 'tiny',
  created: 1,
  parameters: 2,
  omni: config,
  codec,
  generation: { audioTemperature: 0, maxPositions: 40, draft: false },
}
const weights = {
  'model.safetensors': packWeights(
    params((p) => omniLoss(p, config, shape)),
    {},
  ),
  'codec.safetensors': packWeights(
    params((p) => [codecEncoder(p, codec), codecDecoder(p, codec)]),
    {},
  ),
}

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tony-model-'))
  await write('config.json', JSON.stringify(file))
  await write('tokenizer.json', tokenizer.toJson())
  for (const [name, bytes] of Object.entries(weights)) await write(name, bytes)
})
afterEach(() => rm(folder, { recursive: true }))

const write = (name: string, content: string | Uint8Array): Promise<void> => writeFile(join(folder, name), content)

async function failure(): Promise<TonyError> {
  const error = await readModel(folder).catch((reason: unknown) => reason as TonyError)
  expect(error).toBeInstanceOf(Error)
  return error as TonyError
}

describe('a model folder', () => {
  it('is read, also one from before hearing had a config of its own and answers were written first', async () => {
    const { hearing, ...older } = config
    const { draft: _later, ...generation } = file.generation
    expect((await readModel(folder)).defaults).toEqual(file.generation)
    await write('config.json', JSON.stringify({ ...file, omni: older, generation }))
    const { parts, info, defaults } = await readModel(folder)
    expect(parts.config).toEqual({ ...config, hearing })
    expect(info).toMatchObject({ id: 'tiny', output: ['text', 'audio'], contextLength: config.contextLength })
    expect(defaults).toEqual({ ...generation, draft: true })
  })

  it.each(['config.json', 'tokenizer.json', 'model.safetensors', 'codec.safetensors'])(
    'without %s says so',
    async (name) => {
      await rm(join(folder, name))
      const { code, message } = await failure()
      expect(code).toBe('not_found')
      expect(message).toContain(join(folder, name))
    },
  )

  it('without the picture decoder that it promises says so', async () => {
    const image = { block: config.block, levels: [8, 5, 5, 5], coarse: 16, fine: 64 }
    await write('config.json', JSON.stringify({ ...file, image }))
    expect((await failure()).message).toContain('image.safetensors')
  })

  it.each([
    ['nothing', '', /config.json is not JSON/],
    ['half a file', JSON.stringify(file).slice(0, 200), /config.json is not JSON/],
    ['null', 'null', /config.json is null \(expected an object\)/],
    ['a list', '[]', /config.json is \[\] \(expected an object\)/],
    ['another model', { ...file, model_type: 'gpt' }, /a 'gpt' model/],
    ['no omni', { ...file, omni: undefined }, /omni of .*config.json is nothing \(expected an object\)/],
    ['an empty omni', { ...file, omni: {} }, /omni.block of .*config.json is nothing/],
    ['a null codec', { ...file, codec: null }, /codec of .*config.json is null/],
    ['a null image', { ...file, image: null }, /image of .*config.json is null/],
    ['no generation', { ...file, generation: undefined }, /generation of/],
    ['no name', { ...file, name: '' }, /name of .*config.json is "" \(expected a text\)/],
    [
      'a text as width',
      { ...file, omni: { ...config, block: { ...config.block, width: '64' } } },
      /omni.block.width of/,
    ],
    ['no context', { ...file, omni: { ...config, contextLength: 0 } }, /contextLength of .* is 0 \(expected a whole/],
    ['levels that are none', { ...file, codec: { ...codec, levels: [8, null] } }, /codec.levels of .* is \[8,null\]/],
  ])('whose config holds %s says so in one sentence', async (_, content, sentence) => {
    await write('config.json', typeof content === 'string' ? content : JSON.stringify(content))
    const { code, message } = await failure()
    expect(['invalid', 'unsupported']).toContain(code)
    expect(message).toMatch(sentence)
    expect(message).not.toContain('\n')
  })

  it.each(Object.keys(weights))('whose %s is cut off says so', async (name) => {
    const whole = await readFile(join(folder, name))
    for (const length of [0, 5, 100, whole.length - 1]) {
      await write(name, whole.subarray(0, length))
      const { code, message } = await failure()
      expect(code).toBe('invalid')
      expect(message).toContain(join(folder, name))
    }
  })

  it.each(['', '{', 'null', '{"model":{"type":"BPE"}}'])('whose tokenizer.json is %j says so', async (content) => {
    await write('tokenizer.json', content)
    const { code, message } = await failure()
    expect(code).toBe('invalid')
    expect(message).toContain(join(folder, 'tokenizer.json'))
  })
})
