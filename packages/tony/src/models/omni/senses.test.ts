import { describe, expect, it } from 'vitest'
import { blockConfig } from '../../nn/block.ts'
import { nodeRuntime } from '../../runtime/node/index.ts'
import { hostFloat, hostInt } from '../../tensor/host.ts'
import { Trainer } from '../../train/step.ts'
import { makeRng } from '../../util/rng.ts'
import { type OmniConfig, omniConfig } from './config.ts'
import { ASKED_FRAMES, BOX, CELL_FRAMES, FRAMES, type SensesShape, sensesLoss, WORD_DELAYS } from './senses.ts'
import { SHEET } from './sight.ts'
import { CELLS_PER_PATCH } from './windows.ts'

const config: OmniConfig = { ...omniConfig({ textVocab: 300 }), block: blockConfig({ width: 32, layers: 1 }) }
const shape: SensesShape = { audio: 128, words: 6, pictures: 3, films: 2, things: 5, spelled: 2, letters: 4 }

describe('sensesLoss', () => {
  it('learns phones, things and letters of one batch, from parameters that the omni model knows by the same names', async () => {
    const rng = makeRng(3)
    const noise = (rows: number, width: number) =>
      hostFloat(
        [rows, width],
        Float32Array.from({ length: rows * width }, () => rng.normal()),
      )
    const ids = (n: number, below: number) =>
      hostInt(
        [n],
        Int32Array.from({ length: n }, () => rng.int(below)),
      )
    const all = (n: number) => hostFloat([n], new Float32Array(n).fill(1))
    const marks = (rows: number, width: number) =>
      hostFloat(
        [rows, width],
        Float32Array.from({ length: rows * width }, () => rng.int(2)),
      )
    const { audio, words, pictures, films, things, spelled, letters } = shape
    const batch = {
      mel: { ...noise(audio, config.melWindow), shape: [1, audio, config.melWindow] },
      audioChunk: hostInt([1, audio], new Int32Array(audio).fill(1, 0, 64)),
      audioPlace: hostInt(
        [1, audio],
        Int32Array.from({ length: audio }, (_, i) => i % 64),
      ),
      phoneIds: ids(audio * ASKED_FRAMES, config.phones),
      phoneWeights: all(audio * ASKED_FRAMES),
      cellPhoneIds: ids(audio * CELLS_PER_PATCH * CELL_FRAMES, config.phones),
      cellPhoneWeights: all(audio * CELLS_PER_PATCH * CELL_FRAMES),
      wordIds: ids(audio * WORD_DELAYS.length, words),
      wordWeights: all(audio * WORD_DELAYS.length),
      pixels: {
        ...noise((pictures + films) * SHEET, config.pixelWindow),
        shape: [pictures + films, SHEET, config.pixelWindow],
      },
      thingIds: ids(pictures, things),
      thingWeights: all(pictures),
      frameThingIds: ids(films * FRAMES, things),
      boxes: noise(films * FRAMES, BOX),
      letterIds: ids(pictures * spelled, letters),
      letterWeights: all(pictures * spelled),
      cellIds: ids(pictures * 64, letters - 1),
      cellWeights: all(pictures * 64),
      ranks: marks(pictures * 64, spelled),
      rankWeights: all(pictures * 64),
    }
    const trainer = await Trainer.create(nodeRuntime, (p) => sensesLoss(p, config, shape), { seed: 1 })
    const first = await trainer.run(batch, 2e-3)
    let last = first
    for (let i = 0; i < 40; i++) last = await trainer.run(batch, 2e-3)
    for (const name of ['phone', 'cellPhone', 'word', 'thing', 'letter', 'cell', 'rank', 'frameThing', 'box'])
      expect(last.metrics[name], name).toBeLessThan(first.metrics[name]! * 0.7)
    const names = Object.keys(trainer.state().params)
    expect(names).toContain('hear.layers.3.mlp.down_proj.weight')
    expect(names).toContain('see.layers.3.mlp.down_proj.weight')
    await trainer.dispose()
  })
})
