import { expect, it } from 'vitest'
import { config, params, shape, tokenizer } from '../../../../../test/helpers/tiny-omni.ts'
import { nodeRuntime } from '../../runtime/node/index.ts'
import { Trainer } from '../../train/step.ts'
import { omniLoss } from './model.ts'
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
