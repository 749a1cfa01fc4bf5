import { expect, it } from 'vitest'
import { compileProgram } from '../../generate/program.ts'
import * as t from '../../graph/ops.ts'
import { nodeRuntime } from '../../runtime/node/index.ts'
import { hostFloat } from '../../tensor/host.ts'
import { makeRng } from '../../util/rng.ts'
import { patchWindows } from './sight.ts'
import { pixelPatches, pixelWindows } from './windows.ts'

it('makes the same windows within a program as outside of it', async () => {
  const rng = makeRng(1)
  const pictures = [0, 1].map(() => ({
    width: 64,
    height: 64,
    data: Uint8Array.from({ length: 64 * 64 * 3 }, () => rng.int(256)),
  }))
  const session = await compileProgram(nodeRuntime, { name: 'windows', params: {}, threads: 1 }, () => ({
    windows: patchWindows(t.input('patches', 'float32', [128, 192]), 2),
  }))
  const patches = pictures.flatMap((picture) => pixelPatches(picture)).flatMap((patch) => [...patch])
  const { windows } = await session.run({ patches: hostFloat([128, 192], patches) })
  expect(windows!.shape).toEqual([2, 16, 3072])
  expect([...windows!.data]).toEqual(pictures.flatMap((picture) => pixelWindows(picture)).flatMap((row) => [...row]))
  await session.dispose()
})
