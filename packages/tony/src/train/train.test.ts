/** @file Steps and the loop: accumulation, determinism, resumption, and what goes wrong on the way. */
import { describe, expect, it } from 'vitest'
import type { Tensor } from '../graph/node.ts'
import * as t from '../graph/ops.ts'
import { gptLoss } from '../models/gpt.ts'
import { blockConfig } from '../nn/block.ts'
import { linearBias } from '../nn/layers.ts'
import type { ParamScope } from '../nn/params.ts'
import { nodeRuntime } from '../runtime/node/index.ts'
import { type HostTensor, hostFloat, hostInt } from '../tensor/host.ts'
import type { Files } from '../util/files.ts'
import { makeRng } from '../util/rng.ts'
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint.ts'
import { type TrainOptions, type TrainPlan, train } from './loop.ts'
import { type LossProgram, meanMetrics, Trainer } from './step.ts'

type Batch = Record<string, HostTensor>

const gpt =
  (batch: number) =>
  (p: ParamScope): LossProgram => ({
    loss: gptLoss(p, { ...blockConfig({ width: 16, layers: 2, heads: 2 }), vocab: 7 }, { batch, time: 6 }),
  })

/** Rows `from` … `from + count` of an endless stream of sentences. */
function sentences(from: number, count: number): Batch {
  const row = (at: number): number[] => {
    const rng = makeRng(at)
    return Array.from({ length: 7 }, () => rng.int(7))
  }
  const rows = Array.from({ length: count }, (_, i) => row(from + i))
  const shape = [count, 6]
  return {
    tokens: hostInt(
      shape,
      rows.flatMap((r) => r.slice(0, 6)),
    ),
    targets: hostInt(
      shape,
      rows.flatMap((r) => r.slice(1)),
    ),
    segments: hostInt(shape, new Array(count * 6).fill(0)),
    positions: hostInt(
      shape,
      rows.flatMap((r) => r.slice(0, 6).map((_, i) => i)),
    ),
    weights: hostFloat(shape, new Array(count * 6).fill(1)),
  }
}

const valuesOf = (trainer: Trainer): number[] => {
  const { params, moment1, moment2 } = trainer.state()
  return [params, moment1, moment2].flatMap((group) => Object.values(group).flatMap(({ data }) => [...data]))
}

describe('gradient accumulation', () => {
  it('of k batches equals one batch k times as large', async () => {
    const options = { seed: 3, threads: 1 }
    const whole = await Trainer.create(nodeRuntime, gpt(4), options)
    const parts = await Trainer.create(nodeRuntime, gpt(1), { ...options, accumulate: 4 })
    for (let step = 0; step < 4; step++) {
      const one = await whole.run(sentences(step * 4, 4), 0.01)
      const many = await parts.runMany(
        [0, 1, 2, 3].map((i) => sentences(step * 4 + i, 1)),
        0.01,
      )
      expect(Math.abs(one.loss - many.loss)).toBeLessThan(1e-5)
      expect(Math.abs(one.norm - many.norm)).toBeLessThan(1e-4)
    }
    const [a, b] = [valuesOf(whole), valuesOf(parts)]
    // AdamW divides by the root of the second moment, which magnifies rounding where gradients are almost 0.
    const differences = a.map((value, i) => Math.abs(value - b[i]!))
    expect(Math.max(...differences)).toBeLessThan(1e-3)
    expect(differences.reduce((sum, d) => sum + d, 0) / differences.length).toBeLessThan(1e-6)
    await whole.dispose()
    await parts.dispose()
  })

  it('says how many batches a step takes', async () => {
    await expect(Trainer.create(nodeRuntime, gpt(1), { seed: 1, accumulate: 1.5 })).rejects.toThrow(
      'train: accumulate is 1.5',
    )
    const trainer = await Trainer.create(nodeRuntime, gpt(1), { seed: 1, threads: 1, accumulate: 2 })
    await expect(trainer.run(sentences(0, 1), 0.01)).rejects.toThrow(
      'a step of this trainer takes 2 batches; call runMany',
    )
    await expect(trainer.runMany([sentences(0, 1)], 0.01)).rejects.toThrow('got 1 batches for one step, expected 2')
    await trainer.dispose()
  })
})

describe('frozen parameters', () => {
  it.each([1, 2])('stay as they are while the others learn, in %i batches a step', async (accumulate) => {
    const frozen = (name: string): boolean => name.startsWith('layers.0.')
    const trainer = await Trainer.create(nodeRuntime, gpt(2), { seed: 3, threads: 1, accumulate, frozen })
    const copy = (): Map<string, number[]> =>
      new Map(Object.entries(trainer.state().params).map(([name, { data }]) => [name, [...data]]))
    const before = copy()
    for (let step = 0; step < 3; step++)
      await trainer.runMany(
        Array.from({ length: accumulate }, (_, i) => sentences(step * 4 + i * 2, 2)),
        0.01,
      )
    const after = copy()
    const changed = [...before].filter(([name, values]) => values.some((value, i) => value !== after.get(name)![i]))
    expect(changed.map(([name]) => name)).toEqual([...before.keys()].filter((name) => !frozen(name)))
    expect(Object.keys(trainer.state().moment1).filter(frozen)).toEqual([])
    // They come back from a checkpoint like the others.
    const { state } = decodeCheckpoint(encodeCheckpoint(trainer.state()))
    const again = await Trainer.create(nodeRuntime, gpt(2), { seed: 4, threads: 1, accumulate, frozen })
    again.restore(state)
    expect(valuesOf(again)).toEqual(valuesOf(trainer))
    await trainer.dispose()
    await again.dispose()
  })

  it('may not be all of them', async () => {
    const none = Trainer.create(nodeRuntime, gpt(2), { seed: 3, frozen: () => true })
    await expect(none).rejects.toThrow(/every parameter is frozen/)
  })
})

describe('buckets', () => {
  it('train the same parameters: padding makes no difference, in one step or in accumulated ones', async () => {
    // Two sentences of six, or the same two cut to three words in a shorter program.
    const cut = (from: number, time: number): Batch => {
      const full = sentences(from, 2)
      return Object.fromEntries(
        Object.entries(full).map(([name, { dtype, data }]) => {
          const rows = [0, 1].flatMap((row) =>
            Array.from({ length: time }, (_, i) => (name === 'weights' && i > 2 ? 0 : Number(data[row * 6 + i]))),
          )
          return [name, dtype === 'float32' ? hostFloat([2, time], rows) : hostInt([2, time], rows)]
        }),
      )
    }
    const model =
      (time: number) =>
      (p: ParamScope): LossProgram => ({
        loss: gptLoss(p, { ...blockConfig({ width: 16, layers: 2, heads: 2 }), vocab: 7 }, { batch: 2, time }),
      })
    for (const accumulate of [1, 2]) {
      const options = { seed: 3, threads: 1, accumulate, buckets: { short: model(3) } }
      const short = await Trainer.create(nodeRuntime, model(6), options)
      const long = await Trainer.create(nodeRuntime, model(6), options)
      for (let step = 0; step < 3; step++) {
        const at = Array.from({ length: accumulate }, (_, i) => step * 4 + i * 2)
        const a = await short.runMany(
          at.map((from) => cut(from, 3)),
          0.01,
          at.map(() => 'short'),
        )
        const b = await long.runMany(
          at.map((from) => cut(from, 6)),
          0.01,
        )
        expect(Math.abs(a.loss - b.loss)).toBeLessThan(1e-5)
      }
      const expected = valuesOf(long)
      const differences = valuesOf(short).map((value, i) => Math.abs(value - expected[i]!))
      expect(Math.max(...differences)).toBeLessThan(1e-3)
      await expect(short.runMany([cut(0, 3), cut(0, 3)].slice(0, accumulate), 0.01, ['long', 'long'])).rejects.toThrow(
        "train: no bucket 'long' (expected '', 'short')",
      )
      await short.dispose()
      await long.dispose()
    }
  })

  it('refuses a bucket with other parameters', async () => {
    const other = (p: ParamScope): LossProgram => ({
      loss: t.reduceMean(linearBias(p, t.input('x', 'float32', [2, 3]), { out: 4 })),
    })
    await expect(Trainer.create(nodeRuntime, gpt(1), { seed: 1, buckets: { other } })).rejects.toThrow(
      "train: bucket 'other' differs from the model in its parameters",
    )
  })
})

/** Files in memory; `fail` may throw before an operation. */
function memoryFiles(
  fail: (operation: 'write' | 'append', path: string) => void = () => undefined,
): Files & { all: Map<string, Uint8Array | string> } {
  const all = new Map<string, Uint8Array | string>()
  return {
    all,
    read: async (path) => all.get(path) as Uint8Array | undefined,
    async write(path, bytes) {
      fail('write', path)
      all.set(path, bytes.slice())
    },
    async append(path, text) {
      fail('append', path)
      all.set(path, `${all.get(path) ?? ''}${text}`)
    },
  }
}

const planOf = (changes: Partial<TrainPlan> = {}): TrainPlan => ({
  name: 'test',
  seed: 5,
  steps: 12,
  rate: (step) => 0.01 / (1 + step),
  model: gpt(2),
  batch: (step) => sentences(step * 2, 2),
  positionsPerStep: 12,
  ...changes,
})

const CHECKPOINT = 'run/checkpoint.safetensors'

function optionsOf(files: Files, changes: Partial<TrainOptions> = {}): TrainOptions {
  let clock = 0
  return {
    runtime: nodeRuntime,
    files,
    folder: 'run',
    logEvery: 1,
    checkpointEvery: 5,
    threads: 1,
    now: () => {
      clock += 10
      return clock
    },
    ...changes,
  }
}

async function finished(plan: TrainPlan, options: TrainOptions): Promise<{ values: number[]; losses: number[] }> {
  const losses: number[] = []
  const { trainer, finished: done } = await train(plan, { ...options, onProgress: ({ loss }) => losses.push(loss) })
  expect(done).toBe(true)
  const values = valuesOf(trainer)
  await trainer.dispose()
  return { values, losses }
}

describe('the training loop', () => {
  it('gives the same losses and parameters from the same seed, and others from another', async () => {
    const first = await finished(planOf(), optionsOf(memoryFiles()))
    const second = await finished(planOf(), optionsOf(memoryFiles()))
    const other = await finished(planOf({ seed: 6 }), optionsOf(memoryFiles()))
    expect(second).toEqual(first)
    expect(first.losses).toHaveLength(12)
    expect(other.losses).not.toEqual(first.losses)
  })

  it.each([1, 2])('goes on bit for bit after an interruption, with %d batches a step', async (accumulate) => {
    const plan = planOf({ accumulate, model: gpt(1), batch: (at) => sentences(at, 1) })
    const whole = await finished(plan, optionsOf(memoryFiles()))
    const files = memoryFiles()
    const signal = { aborted: false, addEventListener: () => undefined, removeEventListener: () => undefined }
    const stopped = await train(
      plan,
      optionsOf(files, { signal, onProgress: ({ step }) => Object.assign(signal, { aborted: step === 7 }) }),
    )
    expect(stopped.finished).toBe(false)
    expect(stopped.trainer.step).toBe(7)
    await stopped.trainer.dispose()
    const rest = await finished(plan, optionsOf(files))
    expect(rest.values).toEqual(whole.values)
    expect(rest.losses).toEqual(whole.losses.slice(7))
  })

  it('goes on bit for bit from the last checkpoint after a kill', async () => {
    const whole = await finished(planOf(), optionsOf(memoryFiles()))
    const files = memoryFiles()
    const killed = planOf({
      batch(step) {
        if (step === 8) throw new Error('killed')
        return sentences(step * 2, 2)
      },
    })
    await expect(train(killed, optionsOf(files))).rejects.toThrow('killed')
    expect(decodeCheckpoint(files.all.get(CHECKPOINT) as Uint8Array).state.step).toBe(5)
    const rest = await finished(planOf(), optionsOf(files))
    expect(rest.values).toEqual(whole.values)
    expect(rest.losses).toEqual(whole.losses.slice(5))
  })

  it('does nothing more once all steps are done', async () => {
    const files = memoryFiles()
    const done = await finished(planOf(), optionsOf(files))
    expect(await finished(planOf(), optionsOf(files))).toEqual({ values: done.values, losses: [] })
  })

  it('rejects a truncated checkpoint and leaves it alone', async () => {
    const files = memoryFiles()
    await finished(planOf({ steps: 5 }), optionsOf(files))
    const bytes = files.all.get(CHECKPOINT) as Uint8Array
    for (const length of [0, 7, 100, bytes.length >> 1, bytes.length - 1]) {
      const cut = bytes.slice(0, length)
      files.all.set(CHECKPOINT, cut)
      await expect(train(planOf(), optionsOf(files))).rejects.toThrow(
        /^run\/checkpoint\.safetensors: .*the file is truncated/,
      )
      expect(files.all.get(CHECKPOINT)).toBe(cut)
    }
  })

  it('rejects the checkpoint of another model before it takes anything over', async () => {
    const files = memoryFiles()
    const wide = await Trainer.create(
      nodeRuntime,
      (p) => ({ loss: t.reduceSum(linearBias(p, t.full([1, 2], 1), { out: 3 })) }),
      { seed: 1, threads: 1 },
    )
    files.all.set(CHECKPOINT, encodeCheckpoint(wide.state()))
    await wide.dispose()
    await expect(train(planOf(), optionsOf(files))).rejects.toThrow(
      /the checkpoint has no fitting .*; use the recipe that made it/,
    )
    const trainer = await Trainer.create(nodeRuntime, gpt(1), { seed: 1, threads: 1 })
    const [before, state] = [valuesOf(trainer), trainer.state()]
    const changed = Object.fromEntries(
      Object.entries(state.params).map(([name, value]) => [name, { ...value, data: value.data.map((v) => v + 1) }]),
    )
    expect(() => trainer.restore({ ...state, params: changed, moment2: {} })).toThrow('has no fitting v/')
    expect(valuesOf(trainer)).toEqual(before)
    await trainer.dispose()
  })

  it('stops at a loss that is no number, with the last checkpoint in place', async () => {
    const files = memoryFiles()
    const weights = (value: number): HostTensor => hostFloat([2, 6], new Array(12).fill(value))
    const broken = planOf({
      batch: (step) => ({ ...sentences(step * 2, 2), ...(step === 8 ? { weights: weights(Number.NaN) } : {}) }),
    })
    await expect(train(broken, optionsOf(files))).rejects.toThrow(
      'train: loss NaN, gradient norm NaN at step 9; it is not taken; lower the learning rate and go on from the last checkpoint',
    )
    const saved = decodeCheckpoint(files.all.get(CHECKPOINT) as Uint8Array)
    expect(saved.state.step).toBe(5)
    expect(Object.values(saved.state.params).every(({ data }) => data.every(Number.isFinite))).toBe(true)
  })

  it('stops at a gradient that is no number although the loss is one', async () => {
    const model = (p: ParamScope): LossProgram => {
      const w: Tensor = p.param('w', [1], { kind: 'zeros' })
      return { loss: t.reduceSum(t.sqrt(t.mul(w, w))) }
    }
    await expect(train(planOf({ model, batch: () => ({}) }), optionsOf(memoryFiles()))).rejects.toThrow(
      'train: loss 0, gradient norm NaN at step 1',
    )
  })

  it.each(['write', 'append'] as const)(
    'says that the disk is full while it tries to %s, and keeps the last checkpoint',
    async (operation) => {
      let room = operation === 'write' ? 1 : 7
      const files = memoryFiles((which) => {
        if (which === operation && room-- === 0)
          throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
      })
      await expect(train(planOf(), optionsOf(files))).rejects.toMatchObject({
        code: 'io',
        message: `cannot write ${operation === 'write' ? CHECKPOINT : 'run/log.jsonl'}: the disk is full; free some space and resume`,
      })
      const whole = await finished(planOf(), optionsOf(memoryFiles()))
      room = 1000
      expect(decodeCheckpoint(files.all.get(CHECKPOINT) as Uint8Array).state.step).toBe(5)
      expect((await finished(planOf(), optionsOf(files))).values).toEqual(whole.values)
    },
  )

  it('writes one line of progress for every report', async () => {
    const files = memoryFiles()
    await finished(planOf({ steps: 7 }), optionsOf(files, { logEvery: 3 }))
    const lines = String(files.all.get('run/log.jsonl'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { step: number; loss: number })
    expect(lines.map(({ step }) => step)).toEqual([3, 6, 7])
    expect(lines.every(({ loss }) => loss > 0)).toBe(true)
  })
})

describe('meanMetrics', () => {
  it('counts what had something to measure, and leaves out what never had', () => {
    const rows = [
      { loss: 1, draw: Number.NaN, read: Number.NaN },
      { loss: 3, draw: 4, read: Number.NaN },
    ]
    expect(meanMetrics(rows)).toEqual({ loss: 2, draw: 4 })
  })
})
