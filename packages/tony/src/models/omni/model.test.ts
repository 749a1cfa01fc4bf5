import { expect, it } from 'vitest'
import { config, params, shape, tokenizer } from '../../../../../test/helpers/tiny-omni.ts'
import { compileProgram } from '../../generate/program.ts'
import type { ParamScope } from '../../nn/params.ts'
import { nodeRuntime } from '../../runtime/node/index.ts'
import { hostFloat, hostInt } from '../../tensor/host.ts'
import { Trainer } from '../../train/step.ts'
import { omniLoss, omniParts } from './model.ts'
import { packBatch } from './pack.ts'
import { SequenceBuilder } from './sequence.ts'

/** Losses of four steps on one batch. */
async function losses({ checkpoint = false, threads = 1 } = {}): Promise<number[]> {
  const initial = params((p) => omniLoss(p, config, shape))
  const { inputs } = packBatch(
    () => ({
      elements: new SequenceBuilder(config, tokenizer)
        .control('<|user|>')
        .audio([new Float32Array(640).fill(0.5)], [{ turn: 0, phones: [3] }])
        .control('<|assistant|>')
        .text('hello', true)
        .end(true).elements,
    }),
    config,
    shape,
  )
  const trainer = await Trainer.create(nodeRuntime, (p) => omniLoss(p, config, { ...shape, checkpoint }), {
    seed: 1,
    initial,
    threads,
  })
  const found: number[] = []
  for (let step = 0; step < 4; step++) found.push((await trainer.run(inputs, 1e-2)).loss)
  await trainer.dispose()
  return found
}

it('learns the same with layers that are computed a second time for the gradient', { timeout: 60_000 }, async () => {
  const [plain, again] = [await losses(), await losses({ checkpoint: true })]
  expect(plain[3]).toBeLessThan(plain[0]! * 0.9)
  plain.forEach((loss, i) => {
    expect(Math.abs(loss - again[i]!)).toBeLessThan(1e-3 * loss)
  })
})

it('gives the same losses bit by bit from the same seed, with two threads too', { timeout: 60_000 }, async () => {
  const first = await losses({ threads: 2 })
  for (let i = 0; i < 2; i++) expect(await losses({ threads: 2 })).toEqual(first)
})

it('adds to heard sound the words that it may be, each as likely as it is', async () => {
  const hearing = { ...config, heardWords: 2 }
  const sound = (which: typeof config) => (p: ParamScope) => ({ rows: omniParts.audio(p, which) })
  const values = params(sound(hearing))
  const { width } = config.block
  // Whatever is heard: the first word with a chance of three in four, the second of one in four.
  values['hear.word.weight']!.data.fill(0)
  values['hear.word.bias']!.data.set([Math.log(3), 0, -30])
  values['embed_heard.weight']!.data.fill(4, 0, width)
    .fill(8, width, 2 * width)
    .fill(1e3, 2 * width)
  const [alone, both] = await Promise.all(
    [config, hearing].map(async (which) => {
      const session = await compileProgram(nodeRuntime, { name: 'sound', params: values }, sound(which))
      const mel = Float32Array.from({ length: 3 * config.melWindow }, (_, i) => Math.sin(i))
      const { rows } = await session.run({
        mel: hostFloat([1, 3, config.melWindow], mel),
        chunk: hostInt([1, 3], Int32Array.of(1, 1, 1)),
        place: hostInt([1, 3], Int32Array.of(0, 1, 2)),
      })
      await session.dispose()
      return Array.from(rows!.data, Number)
    }),
  )
  expect(both).toHaveLength(3 * width)
  both!.forEach((value, i) => {
    expect(value - alone![i]!).toBeCloseTo(0.75 * 4 + 0.25 * 8, 3)
  })
})
