import { describe, expect, it } from 'vitest'
import { AudioCodec } from '../generate/codec.ts'
import { blockConfig } from '../nn/block.ts'
import { initParams, ParamScope, type ParamValues } from '../nn/params.ts'
import { nodeRuntime } from '../runtime/node/index.ts'
import { type HostTensor, hostFloat, hostInt } from '../tensor/host.ts'
import { Trainer } from '../train/step.ts'
import { makeRng } from '../util/rng.ts'
import { type CodecConfig, codecDefaults, codecLoss } from './codec.ts'
import { MAGNITUDE_BINS } from './log-bands.ts'
import { recogniserDefaults, recogniserLoss } from './phone-recogniser.ts'

const block = blockConfig({ width: 32, layers: 1, heads: 1 })
const config: CodecConfig = { ...codecDefaults, block, codes: 3, frameWidth: 16, phones: 4, longest: 32 }
const recogniser = { ...recogniserDefaults, block, phones: 4 }
const shape = { batch: 2, time: 4 }
const rows = shape.batch * shape.time
const frames = rows * config.patch

/** Four "phones", each with energy in bins of its own, in a fixed order. */
function batch(): Record<string, HostTensor> {
  const rng = makeRng(3)
  const phoneIds = Array.from({ length: frames }, (_, f) => Math.floor(f / config.patch) % 4)
  const logs = new Float32Array(frames * MAGNITUDE_BINS).fill(-5)
  const mel = new Float32Array(frames * 80).fill(-1)
  phoneIds.forEach((phone, f) => {
    logs.fill(1 + rng.next() * 0.2, f * MAGNITUDE_BINS + phone * 40 + 8, f * MAGNITUDE_BINS + phone * 40 + 40)
    mel.fill(1, f * 80 + phone * 20, f * 80 + (phone + 1) * 20)
  })
  const present = new Float32Array(rows * 4)
  for (let row = 0; row < rows; row++) present[row * 4 + phoneIds[row * config.patch]!] = 1
  return {
    mel: hostFloat([rows, config.patch * 80], mel),
    magnitudes: hostFloat([rows, config.patch * MAGNITUDE_BINS], logs),
    keep: hostFloat([rows, 3], new Array(rows * 3).fill(1)),
    phones: hostFloat([rows, 4], present),
    phoneWeights: hostFloat([rows], new Array(rows).fill(1)),
    phoneIds: hostInt([frames], phoneIds),
    frameWeights: hostFloat([frames], new Array(frames).fill(1)),
  }
}

async function trainedRecogniser(): Promise<{ params: ParamValues; accuracy: number }> {
  const trainer = await Trainer.create(nodeRuntime, (p) => recogniserLoss(p, recogniser, shape), {
    seed: 1,
    threads: 1,
  })
  const { magnitudes, phoneIds, frameWeights } = batch()
  let accuracy = 0
  for (let i = 0; i < 40; i++)
    accuracy = (await trainer.run({ magnitudes: magnitudes!, phoneIds: phoneIds!, phoneWeights: frameWeights! }, 5e-3))
      .metrics['accuracy']!
  const { params } = trainer.state()
  const copy = Object.fromEntries(Object.entries(params).map(([k, v]) => [k, { ...v, data: v.data.slice() }]))
  await trainer.dispose()
  return { params: copy, accuracy }
}

describe('the phone recogniser', () => {
  it('learns which phone each frame has', async () => {
    expect((await trainedRecogniser()).accuracy).toBeGreaterThan(0.95)
  })
})

describe('the audio codec', () => {
  it('learns sound in which a frozen recogniser hears the same phones, and leaves the recogniser alone', async () => {
    const { params: teacher } = await trainedRecogniser()
    const before = JSON.stringify(Object.values(teacher).map(({ data }) => [...data.slice(0, 8)]))
    const trainer = await Trainer.create(
      nodeRuntime,
      (p) => codecLoss(p, config, { ...shape, recogniser: { config: recogniser, params: teacher } }),
      { seed: 2, threads: 1 },
    )
    expect(trainer.specs.some(({ name }) => name in teacher && !name.startsWith('phone_head'))).toBe(false)
    const inputs = batch()
    const first = await trainer.run(inputs, 5e-3)
    let last = first
    for (let i = 0; i < 80; i++) last = await trainer.run(inputs, 5e-3)
    for (const name of ['mel', 'magnitude', 'heard', 'features', 'phone'])
      expect(last.metrics[name], name).toBeLessThan(first.metrics[name]! / 2)
    expect(JSON.stringify(Object.values(teacher).map(({ data }) => [...data.slice(0, 8)]))).toBe(before)
    await trainer.dispose()
  })

  it('decodes rows that leave their last codes out, as nested dropout taught it', async () => {
    const scope = new ParamScope()
    codecLoss(scope, config, shape)
    const params = initParams(
      scope.entries.map(({ spec }) => spec),
      1,
    )
    const codec = await AudioCodec.load(nodeRuntime, { config, params, threads: 1 })
    const whole = await codec.decode([
      [700, 3, 999],
      [5, 80, 1],
    ])
    const short = await codec.decode([[700], [5]])
    expect(short).toHaveLength(whole.length)
    expect(short.every(Number.isFinite)).toBe(true)
    expect(short.some((x, i) => x !== whole[i])).toBe(true)
  })
})
