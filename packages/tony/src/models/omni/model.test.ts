import { describe, expect, it } from 'vitest'
import { config, params, shape, tokenizer } from '../../../../../test/helpers/tiny-omni.ts'
import { compileProgram } from '../../generate/program.ts'
import type { ParamScope, ParamValues } from '../../nn/params.ts'
import { nodeRuntime } from '../../runtime/node/index.ts'
import { hostFloat, hostInt } from '../../tensor/host.ts'
import { Trainer } from '../../train/step.ts'
import type { OmniConfig } from './config.ts'
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

/** Rows of three patches of sound under `config` with what `set` makes of the parameters. */
async function heard(which: OmniConfig, set: (values: ParamValues) => void): Promise<number[][]> {
  const sound = (p: ParamScope) => ({ rows: omniParts.audio(p, which) })
  const values = params(sound)
  set(values)
  const session = await compileProgram(nodeRuntime, { name: 'sound', params: values }, sound)
  const mel = Float32Array.from({ length: 3 * which.melWindow }, (_, i) => Math.sin(i))
  const { rows } = await session.run({
    mel: hostFloat([1, 3, which.melWindow], mel),
    chunk: hostInt([1, 3], Int32Array.of(1, 1, 1)),
    place: hostInt([1, 3], Int32Array.of(0, 1, 2)),
  })
  await session.dispose()
  const { width } = which.block
  return [0, 1, 2].map((patch) => Array.from(rows!.data, Number).slice(patch * width, (patch + 1) * width))
}

describe('heard sound', () => {
  const alone = { ...config, heardWords: 0 }
  const words = { ...config, heardWords: 2, tokenBefore: false }
  const before = { ...words, tokenBefore: true }
  /** Whatever is heard: the first word with a chance of three in eight, the second of one in eight, and else none. */
  const set = (values: ParamValues): void => {
    const { width } = config.block
    values['hear.word.weight']?.data.fill(0)
    values['hear.word.bias']?.data.set([Math.log(3), 0, Math.log(4)])
    values['embed_heard.weight']?.data.fill(4, 0, width).fill(8, width)
    const turned = values['embed_before.weight']?.data.fill(0)
    // Twice what it was.
    if (turned !== undefined) for (let i = 0; i < width; i++) turned[i * width + i] = 2
  }
  const added = (rows: readonly number[][], to: readonly number[][]): number[] =>
    rows.map((row, patch) => {
      const more = row.map((value, i) => value - to[patch]![i]!)
      more.forEach((value) => {
        expect(value).toBeCloseTo(more[0]!, 3)
      })
      return more[0]!
    })

  it('has the words that it may be added, each as likely as it is', async () => {
    const now = (3 * 4 + 8) / 8
    added(await heard(words, set), await heard(alone, set)).forEach((value) => {
      expect(value).toBeCloseTo(now, 3)
    })
  })

  it('has the word before added where a word ends, as likely as both are', async () => {
    const now = (3 * 4 + 8) / 8
    // One in two patches ends a word: the word before is that of the last patch, or half as likely of the one before.
    const expected = [0, now, now + now / 2].map((last) => 0.5 * 2 * last)
    added(await heard(before, set), await heard(words, set)).forEach((value, patch) => {
      expect(value).toBeCloseTo(expected[patch]!, 3)
    })
  })
})
