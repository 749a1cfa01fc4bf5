import { describe, expect, it } from 'vitest'
import * as t from '../graph/ops.ts'
import { program, toOnnx } from '../graph/program.ts'
import { encodeModel } from '../onnx/model.ts'
import { nodeRuntime } from '../runtime/node/index.ts'
import { hostFloat } from '../tensor/host.ts'
import { makeRng } from '../util/rng.ts'
import { fsqCodeCoordinates, fsqCodes, fsqCoordinates, fsqSteps } from './fsq.ts'

describe('finite scalar quantization', () => {
  it('gives codes whose coordinates are those of the grid', async () => {
    const levels = [8, 5, 5, 5, 8, 5, 5, 5]
    const steps = fsqSteps(t.input('z', 'float32', [16, 8]), levels)
    const outputs = { codes: fsqCodes(steps, levels, 2), coordinates: fsqCoordinates(steps, levels) }
    const session = await nodeRuntime.createSession(encodeModel(toOnnx(program('fsq', outputs))), { threads: 1 })
    const rng = makeRng(5)
    const z = Float32Array.from({ length: 128 }, () => rng.normal() * 3)
    const { codes, coordinates } = await session.run({ z: hostFloat([16, 8], z) })
    await session.dispose()
    for (let row = 0; row < 16; row++) {
      const expected = [0, 1].flatMap((g) => fsqCodeCoordinates(Number(codes!.data[row * 2 + g]), [8, 5, 5, 5]))
      expected.forEach((value, i) => expect(Number(coordinates!.data[row * 8 + i])).toBeCloseTo(value, 5))
    }
  })
  it('covers every code', () => {
    const seen = new Set(Array.from({ length: 1000 }, (_, code) => fsqCodeCoordinates(code, [8, 5, 5, 5]).join()))
    expect(seen.size).toBe(1000)
  })
})
