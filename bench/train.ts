/**
 * @file `npm run -s bench -- train [--case NAME] [--rounds 5] [--steps 4] [--curve 20] [--batch N] [--no-peer] [--profile PREFIX]`
 *
 * Trains one model in Tony and in PyTorch, turn by turn, from the same weights on the same data.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import * as t from '../packages/tony/src/graph/ops.ts'
import { program, toOnnx } from '../packages/tony/src/graph/program.ts'
import { gptLoss } from '../packages/tony/src/models/gpt.ts'
import { initParams, ParamScope } from '../packages/tony/src/nn/params.ts'
import { encodeModel } from '../packages/tony/src/onnx/model.ts'
import { nodeRuntime } from '../packages/tony/src/runtime/node/index.ts'
import { bytesOf } from '../packages/tony/src/tensor/dtype.ts'
import { hostFloat, hostZeros } from '../packages/tony/src/tensor/host.ts'
import { encodeSafetensors } from '../packages/tony/src/util/safetensors.ts'
import { readOptions } from '../recipes/program.ts'
import { ensureTorch } from './peers/install.ts'
import { blockOf, makeData, optimizer, stepFlops, type TrainCase, trainCases } from './train-config.ts'
import { median, WorkerProcess } from './worker-process.ts'

interface Answer {
  readonly seconds: readonly number[]
  readonly losses: readonly number[]
  readonly peak_mb: number
}

const threads = availableParallelism()
const folder = import.meta.dirname

/** Best GFLOP/s of one MatMul of ONNX Runtime through the engine, both matrices as inputs, over a few shapes. */
export async function gemmPeak(): Promise<number> {
  let best = 0
  for (const [m, k, n] of [
    [4096, 256, 4096],
    [2048, 2048, 2048],
    [4096, 1024, 1024],
    [8192, 384, 1024],
  ] as const) {
    const c = t.matmul(t.input('a', 'float32', [m, k]), t.input('b', 'float32', [k, n]))
    const session = await nodeRuntime.createSession(encodeModel(toOnnx(program('gemm', { c }))), { threads })
    const feeds = { a: hostFloat([m, k], { length: m * k }), b: hostFloat([k, n], { length: k * n }) }
    feeds.a.data.forEach((_, i) => (feeds.a.data[i] = (i % 7) - 3))
    feeds.b.data.forEach((_, i) => (feeds.b.data[i] = (i % 5) - 2))
    const into = { c: hostZeros('float32', [m, n]) }
    const until = performance.now() + 1500
    while (performance.now() < until) {
      const start = performance.now()
      await session.run(feeds, { into, want: [] })
      best = Math.max(best, (2 * m * k * n) / (performance.now() - start) / 1e6)
    }
    await session.dispose()
  }
  return best
}

/** Writes the starting weights and the data where both sides read them. */
function prepare(config: TrainCase, into: string, steps: number): { weights: string; data: string } {
  const scope = new ParamScope()
  gptLoss(scope, { ...blockOf(config), vocab: config.vocab }, config)
  const values = initParams(
    scope.entries.map(({ spec }) => spec),
    1,
  )
  const tensors = Object.fromEntries(
    Object.entries(values).map(([name, { shape, data }]) => [
      name,
      { type: 'F32' as const, shape, bytes: bytesOf(data) },
    ]),
  )
  const paths = { weights: join(into, `${config.name}.safetensors`), data: join(into, `${config.name}.i32`) }
  writeFileSync(paths.weights, encodeSafetensors({ tensors, metadata: {} }))
  writeFileSync(paths.data, bytesOf(makeData(config, steps)))
  return paths
}

const shown = (value: number | null, digits = 0): string =>
  value === null ? '-' : value.toLocaleString('en-US', { maximumFractionDigits: digits, minimumFractionDigits: digits })

export async function main(args: readonly string[]): Promise<void> {
  const { values } = readOptions({
    args: [...args],
    options: {
      case: { type: 'string' },
      rounds: { type: 'string', default: '5' },
      steps: { type: 'string', default: '4' },
      /** Steps of the loss curve that both sides compute first, which also warms them up. */
      curve: { type: 'string', default: '20' },
      /** Smaller batches, for a quick look; the figures are then not comparable. */
      batch: { type: 'string' },
      'no-peer': { type: 'boolean', default: false },
      profile: { type: 'string' },
    },
  })
  const [rounds, steps, curve] = [Number(values.rounds), Number(values.steps), Number(values.curve)]
  const reason = values['no-peer'] ? 'left out by --no-peer' : ensureTorch()
  if (reason !== undefined) console.log(`peer: none (${reason})`)
  const scratch = mkdtempSync(join(tmpdir(), 'tony-bench-'))
  const configs: Record<string, unknown>[] = []
  let peak = await gemmPeak()
  console.log(
    `GEMM peak ${shown(peak)} GFLOP/s on ${threads} threads; FLOPs of a step = tokens x (6 x matrix parameters + 12 x layers x T x d)`,
  )
  console.log('config            side              tokens/s  GFLOP/s  share of peak  peak MB')
  try {
    for (const standard of trainCases.filter(({ name }) => values.case === undefined || name === values.case)) {
      const config =
        values.batch === undefined
          ? standard
          : { ...standard, name: `${standard.name}-b${values.batch}`, batch: Number(values.batch) }
      const paths = prepare(config, scratch, Math.max(curve, 1))
      const job = { case: config, ...paths, threads, optimizer, hidden: blockOf(config).hidden }
      const flops = stepFlops(config)
      const tokens = config.batch * config.time
      const tony = (): WorkerProcess =>
        new WorkerProcess(process.execPath, [
          '--conditions=@tony/source',
          '--import',
          'tsx',
          join(folder, 'train-worker.ts'),
          JSON.stringify({
            ...job,
            ...(values.profile === undefined ? {} : { profile: resolve(`${values.profile}-${config.name}`) }),
          }),
        ])
      const torch = (coreType?: string): WorkerProcess => {
        // Debian's PyTorch loads OpenBLAS, which picks its kernels by this variable.
        const worker = [
          '/usr/bin/env',
          '-u',
          'OPENBLAS_CORETYPE',
          ...(coreType === undefined ? [] : [`OPENBLAS_CORETYPE=${coreType}`]),
          '/usr/bin/python3',
          join(folder, 'peers/train_torch.py'),
          JSON.stringify({ ...job, foreach: false }),
        ]
        return new WorkerProcess(worker[0]!, worker.slice(1), {
          OMP_NUM_THREADS: String(threads),
          OPENBLAS_NUM_THREADS: String(threads),
        })
      }
      const sides: {
        name: string
        worker: WorkerProcess
        curve: readonly number[]
        rates: number[]
        peakMb: number
      }[] = []
      const addSide = (name: string, worker: WorkerProcess): number =>
        sides.push({ name, worker, curve: [], rates: [], peakMb: 0 })
      addSide('tony', tony())
      if (reason === undefined) {
        addSide('torch', torch())
        addSide('torch SKYLAKEX', torch('SKYLAKEX'))
      }
      for (const side of sides) side.curve = (await side.worker.ask<Answer>({ steps: curve })).losses
      for (let round = 0; round < rounds; round++) {
        for (const side of sides) {
          const { seconds, peak_mb } = await side.worker.ask<Answer>({ steps })
          side.rates.push((tokens * steps) / seconds.reduce((a, b) => a + b, 0))
          side.peakMb = peak_mb
        }
      }
      for (const side of sides) side.worker.end()
      peak = Math.max(peak, await gemmPeak())
      const row = (side: (typeof sides)[number]): { rate: number; gflops: number } => {
        const rate = median(side.rates)
        return { rate, gflops: ((rate / tokens) * flops) / 1e9 }
      }
      for (const side of sides) {
        const { rate, gflops } = row(side)
        console.log(
          `${config.name.padEnd(17)} ${side.name.padEnd(16)} ${shown(rate).padStart(9)} ${shown(gflops).padStart(8)} ${shown((gflops / peak) * 100, 1).padStart(13)}% ${shown(side.peakMb).padStart(8)}`,
        )
      }
      const [own, ...peers] = sides
      const best = peers.map(row).reduce<number | null>((a, { rate }) => Math.max(a ?? 0, rate), null)
      const difference =
        peers.length === 0
          ? null
          : Math.max(
              ...own!.curve.map((loss, i) => Math.abs(loss - peers[0]!.curve[i]!) / Math.abs(peers[0]!.curve[i]!)),
            )
      const { rate, gflops } = row(own!)
      console.log(
        `${config.name.padEnd(17)} ratio to the better PyTorch ${best === null ? '-' : (rate / best).toFixed(2)}; losses of ${curve} steps differ by at most ${difference === null ? '-' : difference.toExponential(1)} (relative), ${own!.curve[0]!.toFixed(4)} -> ${own!.curve.at(-1)!.toFixed(4)}`,
      )
      configs.push({
        name: config.name,
        tokens_per_s: Math.round(rate),
        gflops: Math.round(gflops),
        peer_tokens_per_s: best === null ? null : Math.round(best),
        peer_unset_tokens_per_s: peers[0] === undefined ? null : Math.round(row(peers[0]).rate),
        peer_skylakex_tokens_per_s: peers[1] === undefined ? null : Math.round(row(peers[1]).rate),
        ratio: best === null ? null : Number((rate / best).toFixed(3)),
        gemm_share: Number((gflops / peak).toFixed(3)),
        peak_mb: Math.round(own!.peakMb),
        peer_peak_mb: peers[0] === undefined ? null : Math.round(peers[0].peakMb),
        loss_curve_difference: difference,
      })
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
  console.log(
    JSON.stringify({
      bench: 'train',
      gemm_peak_gflops: Math.round(peak),
      ...(reason === undefined ? {} : { peer_reason: reason }),
      configs,
    }),
  )
}
