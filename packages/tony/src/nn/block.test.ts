import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { grad } from '../autodiff/grad.ts'
import * as t from '../graph/ops.ts'
import { program, toOnnx, topological } from '../graph/program.ts'
import { encodeModel } from '../onnx/model.ts'
import { simplify } from '../passes/simplify.ts'
import { nodeRuntime } from '../runtime/node/index.ts'
import { type HostTensor, hostFloat, hostTensor } from '../tensor/host.ts'
import { makeRng } from '../util/rng.ts'
import { rotaryTables } from './attention.ts'
import { blockConfig, blocks } from './block.ts'
import { initParams, ParamScope } from './params.ts'

const [batch, time, width] = [2, 5, 16]

/** The gradients of a small stack, compiled as the trainer compiles it. */
async function gradients(
  checkpoint: boolean,
  tied: boolean,
): Promise<{ values: Record<string, number[]>; products: number }> {
  const p = new ParamScope()
  const x = t.input('x', 'float32', [batch * time, width])
  const context = {
    batch,
    time,
    positions: t.input('positions', 'int64', [batch, time]),
    rotary: rotaryTables(time, 8),
    // A learned bias on the mask: a value from outside of the blocks that has a gradient too.
    mask: t.broadcastTo(p.param('bias', [1, 1, 1, time], { kind: 'normal', std: 1 }), [batch, 1, time, time]),
    checkpoint,
  }
  const config = blockConfig({ width, layers: 2, heads: 2 })
  const first = blocks(p.at('layers'), x, config, context).out
  const out = tied ? blocks(p.at('layers'), first, config, context).out : first
  const loss = t.reduceSum(t.mul(out, t.sin(out)))
  const wrt = [x, ...p.entries.map(({ tensor }) => tensor)]
  const names = ['x', ...p.entries.map(({ spec }) => spec.name)]
  const outputs = Object.fromEntries(grad(loss, wrt).map((g, i) => [`g/${names[i]}`, g]))
  const source = simplify(program('gradients', { loss, ...outputs }))
  const session = await nodeRuntime.createSession(encodeModel(toOnnx(source)), { threads: 1 })
  const rng = makeRng(4)
  const feeds: Record<string, HostTensor> = {
    x: hostFloat(
      [batch * time, width],
      Array.from({ length: batch * time * width }, () => rng.normal()),
    ),
    positions: hostTensor(
      'int64',
      [batch, time],
      BigInt64Array.from({ length: batch * time }, (_, i) => BigInt(i % time)),
    ),
    ...initParams(
      p.entries.map(({ spec }) => spec),
      2,
    ),
  }
  const result = await session.run(feeds)
  await session.dispose()
  const values = Object.fromEntries(
    Object.entries(result).map(([name, { data }]) => [name, Array.from(data as Float32Array)]),
  )
  return { values, products: topological(Object.values(source.outputs)).filter(({ op }) => op === 'silu').length }
}

describe('blocks with activation checkpointing', () => {
  it.each([false, true])('have the gradients of blocks without (shared weights: %s)', async (tied) => {
    const [plain, again] = [await gradients(false, tied), await gradients(true, tied)]
    expect(Object.keys(again.values)).toEqual(Object.keys(plain.values))
    for (const [name, want] of Object.entries(plain.values)) {
      again.values[name]!.forEach((value, i) => {
        expect(Math.abs(value - want[i]!)).toBeLessThanOrEqual(1e-4 * Math.max(1, Math.abs(want[i]!)))
      })
    }
    // Each block's feed-forward layer is there twice: no pass has merged the second computation with the first.
    expect(again.products).toBe(2 * plain.products)
  })

  it('need less memory in ONNX Runtime, for the same losses', () => {
    const root = resolve(import.meta.dirname, '../../../..')
    const measure = (mode: string): { losses: number[]; megabytes: number; before: number } => {
      const script = resolve(root, 'test/helpers/checkpoint-memory.ts')
      const { stdout, stderr } = spawnSync(
        process.execPath,
        ['--conditions=@tony/source', '--import', 'tsx', script, mode, '12'],
        { cwd: root, encoding: 'utf8' },
      )
      if (stdout === '') throw new Error(stderr)
      return JSON.parse(stdout) as ReturnType<typeof measure>
    }
    const [plain, again] = [measure('plain'), measure('checkpoint')]
    plain.losses.forEach((loss, i) => {
      expect(Math.abs(loss - again.losses[i]!)).toBeLessThan(1e-4)
    })
    // Measured: 226 MB against 72 MB above what the process had before the first step (12 blocks, width 64, 1,024 rows).
    expect(again.megabytes - again.before).toBeLessThan(0.5 * (plain.megabytes - plain.before))
  })
})
