/** @file The pretraining mix: what it keeps, and what it reads. */
import { describe, expect, it } from 'vitest'
import * as t from '../graph/ops.ts'
import { type OmniConfig, omniConfig } from '../models/omni/config.ts'
import { omniLoss } from '../models/omni/model.ts'
import { packBatch } from '../models/omni/pack.ts'
import { type Element, SequenceBuilder } from '../models/omni/sequence.ts'
import { blockConfig } from '../nn/block.ts'
import type { ParamValues } from '../nn/params.ts'
import { nodeRuntime } from '../runtime/node/index.ts'
import type { HostTensor } from '../tensor/host.ts'
import { type LossProgram, Trainer } from '../train/step.ts'
import { compileLogprobs, rowsOf, sum } from './forward.ts'
import { sftLoss } from './losses.ts'
import { mixOfSamples, type PretrainingMix, pretrainingInputs, withPretraining } from './pretraining.ts'
import { packWhole, type Sample, writtenSample } from './samples.ts'
import { answered, config, end, newPolicy, policyShape, shape, WORDS } from './testing/toy.ts'

type Model = Parameters<typeof Trainer.create>[1]

describe('the pretraining mix', () => {
  const document: Sample = writtenSample([end], [2, 3, 2])
  const documents = mixOfSamples({ coefficient: 1, config, shape, words: WORDS, samples: () => [document, document] })
  const answer = answered([5, 1])

  /** `from` trained on `sample`, and on `mix` where there is one. */
  async function tuned(from: ParamValues, sample: Sample, mix?: PretrainingMix): Promise<ParamValues> {
    const model: Model = (p) => withPretraining(p, sftLoss(p, policyShape), mix)
    const trainer = await Trainer.create(nodeRuntime, model, { seed: 1, initial: from, threads: 1 })
    const { inputs } = packWhole([sample, sample], { name: 'test', config, shape })
    for (let step = 0; step < 60; step++) await trainer.run({ ...inputs, ...pretrainingInputs(mix, step) }, 1e-2)
    const { params } = trainer.state()
    await trainer.dispose()
    return params
  }

  async function likelihood(params: ParamValues, sample: Sample): Promise<number> {
    const logprobs = await compileLogprobs(nodeRuntime, policyShape, { weights: () => params, threads: 1 })
    const [rows] = await rowsOf([sample], { config, shape }, [logprobs])
    return sum(rows!['logprobs']![0]!)
  }

  it('keeps what was known while something else is learned', { timeout: 60_000 }, async () => {
    const before = await tuned(newPolicy(1), document)
    expect(await likelihood(before, document)).toBeGreaterThan(-0.3)
    const [kept, forgotten] = [await tuned(before, answer, documents), await tuned(before, answer)]
    for (const params of [kept, forgotten]) expect(await likelihood(params, answer)).toBeGreaterThan(-0.3)
    expect(await likelihood(kept, document)).toBeGreaterThan(-0.3)
    expect(await likelihood(forgotten, document)).toBeLessThan(-2)
  })

  it('weighs the loss of the omni model as it is in its own training', { timeout: 60_000 }, async () => {
    const omni: OmniConfig = {
      ...omniConfig({ textVocab: 300, audioCodes: 2 }),
      block: blockConfig({ width: 32, layers: 1 }),
    }
    const room = { batch: 2, time: 32, audio: 128, image: 16, frames: 8, targets: 32 }
    const bytes = { encode: (text: string) => [...Buffer.from(text)] }
    const chat = (): Element[] =>
      new SequenceBuilder(omni, bytes)
        .control('<|user|>')
        .audio([new Float32Array(640).fill(0.5)], [{ turn: 0, phones: [3] }])
        .control('<|assistant|>')
        .control('<|text|>', { weight: 0.2 })
        .text('hello', true)
        .end(true).elements
    const { inputs } = packBatch(() => ({ elements: chat() }), omni, room)
    const mix: PretrainingMix = {
      coefficient: 3,
      loss: (p, prefix) => omniLoss(p, omni, room, prefix).loss,
      batch: () => inputs,
    }
    const lossOf = async (model: Model, read: Record<string, HostTensor>): Promise<number> => {
      const trainer = await Trainer.create(nodeRuntime, model, { seed: 1, threads: 1 })
      const { loss } = await trainer.run(read, 0)
      await trainer.dispose()
      return loss
    }
    const nothing: LossProgram = { loss: t.full([], 0) }
    const alone = await lossOf((p) => omniLoss(p, omni, room), inputs)
    const mixed = await lossOf((p) => withPretraining(p, nothing, mix), pretrainingInputs(mix, 0))
    expect(alone).toBeGreaterThan(1)
    expect(mixed).toBeCloseTo(3 * alone, 4)
  })
})
