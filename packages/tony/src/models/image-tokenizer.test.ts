import { describe, expect, it } from 'vitest'
import { compileProgram } from '../generate/program.ts'
import { blockConfig } from '../nn/block.ts'
import { fsqCodeCoordinates } from '../nn/fsq.ts'
import { nodeRuntime } from '../runtime/node/index.ts'
import { hostFloat } from '../tensor/host.ts'
import { Trainer } from '../train/step.ts'
import { makeRng } from '../util/rng.ts'
import { imageDecoder, imageEncoder, imageTokenizerDefaults, imageTokenizerLoss } from './image-tokenizer.ts'

const config = { ...imageTokenizerDefaults, block: blockConfig({ width: 64, layers: 1 }) }

describe('the image tokenizer', () => {
  it('learns two pictures and paints them back from their codes alone', async () => {
    const rng = makeRng(2)
    const patches = new Float32Array(2 * 64 * 192)
    for (let row = 0; row < 128; row++) patches.fill(rng.next() * 2 - 1, row * 192, (row + 1) * 192)
    const trainer = await Trainer.create(nodeRuntime, (p) => imageTokenizerLoss(p, config, 2), { seed: 1, threads: 1 })
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
})
