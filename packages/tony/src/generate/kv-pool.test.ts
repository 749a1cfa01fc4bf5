import { describe, expect, it } from 'vitest'
import * as t from '../graph/ops.ts'
import { program, toOnnx } from '../graph/program.ts'
import { packedMask, rotaryTables } from '../nn/attention.ts'
import { blockConfig, blocks } from '../nn/block.ts'
import { newRows, pagedInputs } from '../nn/pages.ts'
import { initParams, ParamScope } from '../nn/params.ts'
import { encodeModel } from '../onnx/model.ts'
import { nodeRuntime } from '../runtime/node/index.ts'
import { type HostTensor, hostFloat, hostTensor } from '../tensor/host.ts'
import { makeRng } from '../util/rng.ts'
import { planRuns, runFeeds } from './kv-feeds.ts'
import { KvPool, KvSequence, spansOf } from './kv-pool.ts'

const small = blockConfig({ width: 8, layers: 2, heads: 2 })
const { kvHeads, headDim, layers } = small

/** New rows whose every value tells its sequence, position, layer, part, head and channel. */
function rows(ids: readonly number[], from: readonly number[], time: number): Record<string, HostTensor> {
  const out: Record<string, HostTensor> = {}
  for (let i = 0; i < layers; i++) {
    for (const [part, name] of ['keys', 'values'].entries()) {
      const data = ids.flatMap((id, b) =>
        Array.from({ length: kvHeads }, (_, h) =>
          Array.from({ length: time }, (_, at) =>
            Array.from({ length: headDim }, (_, c) => valueAt([id, from[b]! + at, i, part, h, c])),
          ),
        ).flat(2),
      )
      out[`new/${i}/${name}`] = hostFloat([ids.length, kvHeads, time, headDim], data)
    }
  }
  return out
}
const valueAt = (place: readonly number[]): number =>
  place.reduce((sum, p, i) => sum + p * [1e4, 8, 4, 2, 0.5, 0.01][i]!, 1)

/** Where the pool holds something else than was appended to a sequence. */
function wrong(pool: KvPool, sequence: KvSequence, id: number): string[] {
  const found: string[] = []
  const views = pool.views(sequence.start, sequence.start + sequence.spans)
  for (let i = 0; i < layers; i++) {
    for (const [part, name] of ['keys', 'values'].entries()) {
      const { data } = views[`cache/${i}/${name}`]!
      for (let at = 0; at < sequence.length; at++) {
        for (let h = 0; h < kvHeads; h++) {
          for (let c = 0; c < headDim; c++) {
            const row = (Math.floor(at / 64) * kvHeads + h) * 64 + (at % 64)
            const want = Math.fround(valueAt([id, at, i, part, h, c]))
            if (data[row * headDim + c] !== want) found.push(`layer ${i} ${name} position ${at} head ${h} channel ${c}`)
          }
        }
      }
    }
  }
  return found
}

describe('the pool of caches', () => {
  it('keeps what each sequence holds while others come, grow, move and leave', () => {
    const rng = makeRng(5)
    const pool = new KvPool(small, 400)
    let live: { id: number; sequence: KvSequence }[] = []
    for (let step = 0, id = 0; step < 300; step++) {
      if (live.length < 6 && rng.next() < 0.3) live.push({ id: ++id, sequence: new KvSequence() })
      const chosen = live.filter(() => rng.next() < 0.7)
      const time = 1 + rng.int(40)
      const fitting = chosen.filter(({ sequence }) => sequence.length + time <= pool.longest)
      for (const { sequence } of fitting) pool.reserve(sequence, time)
      if (fitting.length > 0) {
        const ids = fitting.map((one) => one.id)
        const sequences = fitting.map(({ sequence }) => sequence)
        pool.append(
          sequences,
          rows(
            ids,
            sequences.map(({ length }) => length),
            time,
          ),
          time,
        )
      }
      const leaving = live.filter(({ sequence }) => sequence.length > 350 || rng.next() < 0.03)
      for (const { sequence } of leaving) pool.release(sequence)
      live = live.filter((one) => !leaving.includes(one))
      if (step % 10 === 0) for (const one of live) expect(wrong(pool, one.sequence, one.id)).toEqual([])
      // Stretches do not overlap, and gaps stay small.
      const order = live
        .filter(({ sequence }) => sequence.spans > 0)
        .sort((a, b) => a.sequence.start - b.sequence.start)
      order.forEach(({ sequence }, i) => {
        const before = order[i - 1]?.sequence
        if (before !== undefined) expect(sequence.start).toBeGreaterThanOrEqual(before.start + before.spans)
      })
      const last = order.at(-1)?.sequence
      if (last !== undefined) expect(last.start + last.spans).toBeLessThanOrEqual(1.25 * pool.used + 2)
    }
    for (const { sequence } of live) pool.release(sequence)
    expect([pool.used, pool.bytes]).toEqual([0, 0])
  })

  it('makes a copy that goes on by itself', () => {
    const pool = new KvPool(small, 400)
    const [first, other, twin] = [new KvSequence(), new KvSequence(), new KvSequence()]
    pool.reserve(first, 100)
    pool.append([first], rows([1], [0], 100), 100)
    pool.reserve(other, 10)
    pool.append([other], rows([2], [0], 10), 10)
    pool.copy(first, twin)
    for (const sequence of [first, twin]) pool.reserve(sequence, 40)
    pool.append([first, twin], rows([1, 1], [100, 100], 40), 40)
    twin.length = 90
    pool.append([twin], rows([1], [90], 5), 5)
    expect([first, other, twin].map(({ length }) => length)).toEqual([140, 10, 95])
    expect([wrong(pool, first, 1), wrong(pool, other, 2), wrong(pool, twin, 1)]).toEqual([[], [], []])
    pool.release(first)
    expect(wrong(pool, twin, 1)).toEqual([])
  })

  it('forgets positions when the length is set back', () => {
    const pool = new KvPool(small, 400)
    const sequence = new KvSequence()
    pool.reserve(sequence, 100)
    pool.append([sequence], rows([1], [0], 100), 100)
    sequence.length = 50
    pool.reserve(sequence, 30)
    pool.append([sequence], rows([1], [50], 30), 30)
    expect(sequence.length).toBe(80)
    expect(wrong(pool, sequence, 1)).toEqual([])
  })

  it('leaves nothing of one conversation to the next', () => {
    const pool = new KvPool(small, 400)
    const [first, other, second] = [new KvSequence(), new KvSequence(), new KvSequence()]
    for (const sequence of [first, other]) pool.reserve(sequence, 64)
    const poison = rows([1], [0], 64)
    for (const { data } of Object.values(poison)) (data as Float32Array).fill(Number.NaN)
    pool.append([first], poison, 64)
    const { start } = first
    pool.release(first)
    pool.reserve(second, 1)
    expect(second.start).toBe(start)
    for (const { data } of Object.values(pool.views(second.start, second.start + 1)))
      expect((data as Float32Array).every((value) => value === 0)).toBe(true)
  })

  it('refuses more than the longest context and stays as it was', () => {
    const pool = new KvPool(small, 100)
    const sequence = new KvSequence()
    pool.reserve(sequence, 100)
    pool.append([sequence], rows([1], [0], 100), 100)
    expect(() => pool.reserve(sequence, 1)).toThrow(/needs 101 positions, the model's context holds 100/)
    expect(wrong(pool, sequence, 1)).toEqual([])
  })
})

describe('the division into runs', () => {
  const at = (start: number, spans: number): { sequence: KvSequence } => {
    const sequence = new KvSequence()
    Object.assign(sequence, { start, spans, length: spans * 64 })
    return { sequence }
  }
  it('reads neighbours together and leaves out gaps that cost more than another run', () => {
    const [a, b, c] = [at(0, 2), at(2, 3), at(40, 1)]
    expect(planRuns([c, a, b], 10)).toEqual([[a, b], [c]])
    expect(planRuns([c, a, b], 100)).toEqual([[a, b, c]])
    expect(planRuns([c], 10)).toEqual([[c]])
    expect(planRuns([], 10)).toEqual([])
  })
  it('is the cheapest one', () => {
    const rng = makeRng(3)
    const cost = (runs: { sequence: KvSequence }[][], runCost: number): number =>
      runs.reduce((sum, run) => {
        const first = run[0]!.sequence
        const last = run.at(-1)!.sequence
        return sum + runCost + last.start + last.spans - first.start
      }, 0)
    for (let i = 0; i < 50; i++) {
      let start = 0
      const items = Array.from({ length: 6 }, () => {
        const made = at(start + rng.int(12), 1 + rng.int(3))
        start = made.sequence.start + made.sequence.spans
        return made
      })
      const runCost = 1 + rng.int(10)
      let best = Number.POSITIVE_INFINITY
      for (let cuts = 0; cuts < 32; cuts++) {
        const runs: { sequence: KvSequence }[][] = [[]]
        items.forEach((item, k) => {
          runs.at(-1)!.push(item)
          if (k < 5 && (cuts >> k) & 1) runs.push([])
        })
        best = Math.min(best, cost(runs, runCost))
      }
      expect(cost(planRuns(items, runCost), runCost)).toBe(best)
    }
  })
})

/** Sizes of the pieces in which each sequence is read; those that come together are of one size. */
const pieces = [
  [70, 1, 1, 1, 66, 1],
  [1, 1, 1, 1, 1, 1],
  [5, 1, 1, 1, 1, 1],
]

describe.each([
  ['as many key heads as query heads', 4],
  ['two query heads to a key head', 2],
  ['one key head', 1],
])('attention over pages, %s', (_, kv) => {
  it('equals causal attention over the whole sequence', async () => {
    const config = blockConfig({ width: 64, layers: 2, heads: 4, kvHeads: kv })
    const longest = 160
    const dense = new ParamScope()
    const time = 150
    const positions = BigInt64Array.from({ length: time }, (_, i) => BigInt(i))
    const { out } = blocks(dense.at('layers'), t.input('x', 'float32', [time, 64]), config, {
      batch: 1,
      time,
      positions: t.input('positions', 'int64', [1, time]),
      rotary: rotaryTables(longest, config.headDim),
      mask: packedMask(t.full([1, time], 0, 'int32')),
    })
    const weights = initParams(
      dense.entries.map(({ spec }) => spec),
      4,
    )
    const whole = await nodeRuntime.createSession(encodeModel(toOnnx(program('whole', { out }), { weights })), {
      threads: 1,
    })
    const scope = new ParamScope()
    const pages = pagedInputs(config, { batch: 'batch', time: 'time', longest })
    const x = t.input('x', 'float32', ['batch', 'time', 64])
    const made = blocks(scope.at('layers'), x, config, pages.context, pages.cache)
    const paged = program('paged', { out: made.out, ...newRows(made.caches) })
    const session = await nodeRuntime.createSession(encodeModel(toOnnx(paged, { weights })), { threads: 1 })

    const rng = makeRng(6)
    const inputs = pieces.map((sizes) =>
      Float32Array.from({ length: 64 * sizes.reduce((a, b) => a + b) }, () => rng.normal()),
    )
    const expected: Float32Array[] = []
    for (const input of inputs) {
      // Positions behind the end see the sequence, not the other way round.
      const padded = new Float32Array(time * 64)
      padded.set(input)
      const feeds = {
        x: hostTensor('float32', [time, 64], padded),
        positions: hostTensor('int64', [1, time], positions),
      }
      expected.push((await whole.run(feeds))['out']!.data as Float32Array)
    }
    const pool = new KvPool(config, longest)
    const sequences = inputs.map(() => new KvSequence())
    let worst = 0
    for (let step = 0; step < pieces[0]!.length; step++) {
      for (const size of new Set(pieces.map((sizes) => sizes[step]!))) {
        const group = pieces.flatMap((sizes, i) => (sizes[step] === size ? [i] : []))
        const chosen = group.map((i) => sequences[i]!)
        for (const sequence of chosen) pool.reserve(sequence, size)
        const from = chosen.map(({ length }) => length)
        const data = new Float32Array(group.length * size * 64)
        group.forEach((i, b) => {
          data.set(inputs[i]!.subarray(from[b]! * 64, (from[b]! + size) * 64), b * size * 64)
        })
        const feeds = { x: hostTensor('float32', [group.length, size, 64], data), ...runFeeds(pool, chosen, size) }
        const outputs = await session.run(feeds)
        pool.append(chosen, outputs, size)
        const got = outputs['out']!.data as Float32Array
        group.forEach((i, b) => {
          for (let k = 0; k < size * 64; k++)
            worst = Math.max(worst, Math.abs(got[b * size * 64 + k]! - expected[i]![from[b]! * 64 + k]!))
        })
      }
    }
    expect(sequences.map(({ length }) => spansOf(length))).toEqual([3, 1, 1])
    expect(worst).toBeLessThan(2e-5)
    await whole.dispose()
    await session.dispose()
  })
})
