import { describe, expect, it } from 'vitest'
import { compileProgram } from '../generate/program.ts'
import * as t from '../graph/ops.ts'
import { blockConfig } from '../nn/block.ts'
import { fsqCodeCoordinates } from '../nn/fsq.ts'
import { initParams, ParamScope } from '../nn/params.ts'
import { nodeRuntime } from '../runtime/node/index.ts'
import { hostFloat } from '../tensor/host.ts'
import { Trainer } from '../train/step.ts'
import { makeRng } from '../util/rng.ts'
import { imageDecoder, imageEncoder, imageTokenizerDefaults, imageTokenizerLoss } from './image-tokenizer.ts'
import { omniConfig } from './omni/config.ts'
import { SHEET, seeWindows } from './omni/sight.ts'

const config = { ...imageTokenizerDefaults, block: blockConfig({ width: 64, layers: 1 }) }

describe('the image tokenizer', () => {
  it('learns two pictures and paints them back from their codes alone', async () => {
    const rng = makeRng(2)
    const patches = new Float32Array(2 * 64 * 192)
    for (let row = 0; row < 128; row++) patches.fill(rng.next() * 2 - 1, row * 192, (row + 1) * 192)
    const trainer = await Trainer.create(nodeRuntime, (p) => imageTokenizerLoss(p, config, { batch: 2 }), {
      seed: 1,
      threads: 1,
    })
    const inputs = { patches: hostFloat([128, 192], patches), keepFine: hostFloat([2, 1, 1], [1, 1]) }
    const first = (await trainer.run(inputs, 3e-3)).loss
    let last = first
    for (let i = 0; i < 60; i++) last = (await trainer.run(inputs, 3e-3)).loss
    expect(last).toBeLessThan(first / 2)

    const options = { params: trainer.state().params, threads: 1 }
    const encoder = await compileProgram(nodeRuntime, { name: 'encoder', ...options }, (p) => ({
      codes: imageEncoder(p, config, 2),
    }))
    const decoder = await compileProgram(nodeRuntime, { name: 'decoder', ...options }, (p) => ({
      patches: imageDecoder(p, config),
    }))
    const { codes } = await encoder.run({ patches: inputs.patches })
    const coordinates = Array.from({ length: 80 }, (_, i) =>
      fsqCodeCoordinates(Number(codes!.data[i]), config.levels),
    ).flat()
    const { patches: painted } = await decoder.run({ coordinates: hostFloat([80, 4], coordinates) })
    const error =
      Array.from({ length: 64 * 192 }, (_, i) => Math.abs(Number(painted!.data[i]) - patches[i]!)).reduce(
        (a, b) => a + b,
      ) /
      (64 * 192)
    expect(error).toBeLessThan(first)
    await trainer.dispose()
  })
  it('is judged by a sight that stays as it is', async () => {
    const omni = omniConfig({ width: 64, layers: 1, textVocab: 16 })
    const scope = new ParamScope()
    const pixels = t.input('pixels', 'float32', [2, SHEET, omni.pixelWindow])
    seeWindows(scope.at('see'), pixels, t.input('place', 'int32', [2, SHEET]), omni)
    const params = initParams(
      scope.entries.map(({ spec }) => spec),
      3,
    )
    const rng = makeRng(4)
    const patches = Float32Array.from({ length: 2 * 64 * 192 }, () => rng.next() * 2 - 1)
    const trainer = await Trainer.create(
      nodeRuntime,
      (p) => imageTokenizerLoss(p, config, { batch: 2, judge: { config: omni, params } }),
      { seed: 1, threads: 1 },
    )
    const inputs = { patches: hostFloat([128, 192], patches), keepFine: hostFloat([2, 1, 1], [1, 1]) }
    const first = (await trainer.run(inputs, 3e-3)).metrics['seen']!
    let last = first
    for (let i = 0; i < 30; i++) last = (await trainer.run(inputs, 3e-3)).metrics['seen']!
    expect(last).toBeLessThan(first * 0.9)
    expect(Object.keys(trainer.state().params).filter((name) => name.startsWith('see'))).toEqual([])
    await trainer.dispose()
  })
})
