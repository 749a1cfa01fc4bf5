import { describe, expect, it } from 'vitest'
import { compileProgram } from '../../generate/program.ts'
import { blockConfig } from '../../nn/block.ts'
import type { ParamValues } from '../../nn/params.ts'
import { nodeRuntime } from '../../runtime/node/index.ts'
import { hostFloat, hostInt } from '../../tensor/host.ts'
import { Trainer } from '../../train/step.ts'
import { makeRng } from '../../util/rng.ts'
import { type OmniConfig, omniConfig } from './config.ts'
import {
  ASKED_FRAMES,
  BOX,
  CELL_FRAMES,
  FRAMES,
  type SensesShape,
  sensesLoss,
  tellHeard,
  WORD_DELAYS,
  withRoomForWords,
} from './senses.ts'
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

describe('withRoomForWords', () => {
  const trained = async (): Promise<ParamValues> => {
    const trainer = await Trainer.create(
      nodeRuntime,
      (p) => sensesLoss(p, config, { ...shape, pictures: 0, films: 0 }),
      {
        seed: 1,
      },
    )
    const { params } = trainer.state()
    await trainer.dispose()
    return params
  }

  it('tells what was told as before, and new words as hardly likely', async () => {
    const params = await trained()
    const { audio, words: known } = shape
    const rng = makeRng(4)
    const sound = {
      mel: hostFloat(
        [1, audio, config.melWindow],
        Float32Array.from({ length: audio * config.melWindow }, () => rng.normal()),
      ),
      audioChunk: hostInt([1, audio], new Int32Array(audio)),
      audioPlace: hostInt(
        [1, audio],
        Int32Array.from({ length: audio }, (_, i) => i),
      ),
    }
    const tell = async (values: ParamValues, words: number): Promise<number[][]> => {
      const session = await compileProgram(nodeRuntime, { name: 'hearing', params: values, threads: 1 }, (p) => ({
        word: tellHeard(p, config, { audio, words }).word,
      }))
      const { word } = await session.run(sound)
      await session.dispose()
      return Array.from(
        { length: audio * WORD_DELAYS.length },
        (_, i) => [...word!.data.slice(i * words, (i + 1) * words)] as number[],
      )
    }
    const before = await tell(params, known)
    const after = await tell(withRoomForWords(params, known - 1, known + 2), known + 3)
    after.forEach((row, i) => {
      const none = row.length - 1
      expect(row.slice(known - 1, none)).toEqual([-8, -8, -8])
      for (const [k, value] of [...row.slice(0, known - 1), row[none]!].entries())
        expect(value).toBeCloseTo(before[i]![k]!, 4)
    })
  })

  it('leaves weights as they are that have no such heads, or room enough', async () => {
    const params = await trained()
    expect(withRoomForWords(params, 0, 9)).toBe(params)
    expect(withRoomForWords(params, 5, 5)).toBe(params)
  })
})
