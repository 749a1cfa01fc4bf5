import { describe, expect, it } from 'vitest'
import { compileProgram } from '../generate/program.ts'
import * as t from '../graph/ops.ts'
import type { ParamScope, ParamValues } from '../nn/params.ts'
import { nodeRuntime } from '../runtime/node/index.ts'
import { hostFloat } from '../tensor/host.ts'
import { type LossProgram, Trainer } from '../train/step.ts'
import { makeRng } from '../util/rng.ts'
import { adversarialLoss, pictureTilings, spectrumTilings } from './discriminators.ts'
import { MAGNITUDE_BINS } from './log-bands.ts'
import { pixelPatches } from './omni/windows.ts'

const cases = [
  { what: 'spectra', shape: [2 * 32, MAGNITUDE_BINS], tilings: () => spectrumTilings({ batch: 2, span: 32 }) },
  { what: 'pictures', shape: [2 * 64, 192], tilings: () => pictureTilings(2) },
]

describe.each(cases)('discriminators of $what', ({ shape, tilings }) => {
  const rng = makeRng(3)
  const real = hostFloat(
    shape,
    Array.from({ length: shape[0]! * shape[1]! }, () => rng.normal()),
  )
  /** The decoder is what it gives. */
  const model = (p: ParamScope): LossProgram =>
    adversarialLoss(
      p.at('discriminators'),
      { made: p.param('made', shape, { kind: 'normal', std: 0.1 }), real: t.input('real', 'float32', shape) },
      { tilings: tilings(), weight: 1 },
    )
  const steps = async (options: {
    readonly initial?: ParamValues
    readonly frozen: (name: string) => boolean
  }): Promise<{ tell: number[]; params: ParamValues }> => {
    const trainer = await Trainer.create(nodeRuntime, model, { seed: 2, threads: 1, ...options })
    const tell: number[] = []
    for (let i = 0; i < 60; i++) tell.push((await trainer.run({ real }, 5e-3)).metrics['tell']!)
    const params = structuredClone(trainer.state().params)
    await trainer.dispose()
    return { tell, params }
  }

  it('learn to tell what was decoded, and are fooled by a decoder that learns while they do not', async () => {
    const learning = await steps({ frozen: (name) => name === 'made' })
    expect(learning.tell[0]).toBeGreaterThan(1.5)
    expect(learning.tell.at(-1)).toBeLessThan(0.2)
    const fooled = await steps({ initial: learning.params, frozen: (name) => name !== 'made' })
    expect(fooled.tell[0]).toBeLessThan(0.2)
    expect(fooled.tell.at(-1)).toBeGreaterThan(1)
  })
})

describe('pictureTilings', () => {
  it('cuts squares out of the picture, across the borders of its patches', async () => {
    const [square] = pictureTilings(1)
    const program = await compileProgram(nodeRuntime, { name: 'tiles', params: {}, threads: 1 }, () => ({
      tiles: square!.cut(t.input('patches', 'float32', [64, 192])),
    }))
    // Each pixel is its place in the picture.
    const data = new Uint8Array(64 * 64 * 3).map((_, i) => Math.floor(i / 3 / 64) + (Math.floor(i / 3) % 64))
    const patches = pixelPatches({ width: 64, height: 64, data }).flatMap((patch) => [...patch])
    const { tiles } = await program.run({ patches: hostFloat([64, 192], patches) })
    const level = (value: number): number => Math.round(((value + 1) / 2) * 255)
    const tile = (k: number): number[] => Array.from(tiles!.data as Float32Array).slice(k * 192, (k + 1) * 192)
    // The square after the first, from row 4 and column 12 on.
    const wanted = Array.from({ length: 192 }, (_, i) => 4 + Math.floor(i / 24) + 12 + (Math.floor(i / 3) % 8))
    expect(tile(1).map(level)).toEqual(wanted)
    expect(square!.places).toBe(49)
    await program.dispose()
  })
})
