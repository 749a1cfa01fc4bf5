/**
 * @file `npm run -s bench -- ppo [--rounds 3] [--iterations 3] [--no-peer]`
 *
 * One iteration of PPO (128 answers of 48 tokens: sampling, reward model, reference and critic, update) on a model of 6 M
 * parameters with a critic as large, in Tony and in PyTorch, turn by turn.
 */
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { readOptions } from '../recipes/program.ts'
import { ensureTorch } from './peers/install.ts'
import { type PpoCase, ppoCase } from './ppo-config.ts'
import { median, WorkerProcess } from './worker-process.ts'

const folder = import.meta.dirname
const parts = ['rollout', 'score', 'update'] as const

export async function main(args: readonly string[]): Promise<void> {
  const { values } = readOptions({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '3' },
      iterations: { type: 'string', default: '3' },
      'no-peer': { type: 'boolean', default: false },
    },
  })
  const iterations = Number(values.iterations)
  const reason = values['no-peer'] ? 'left out by --no-peer' : ensureTorch()
  if (reason !== undefined) console.log(`peer: none (${reason})`)
  const job: PpoCase = { ...ppoCase, threads: availableParallelism() }
  const tony = (): WorkerProcess =>
    new WorkerProcess(process.execPath, [
      '--conditions=@tony/source',
      '--import',
      'tsx',
      join(folder, 'ppo-worker.ts'),
      JSON.stringify(job),
    ])
  const torch = (coreType?: string): WorkerProcess =>
    new WorkerProcess(
      '/usr/bin/env',
      [
        ...(coreType === undefined ? ['-u', 'OPENBLAS_CORETYPE'] : [`OPENBLAS_CORETYPE=${coreType}`]),
        '/usr/bin/python3',
        join(folder, 'peers/ppo_torch.py'),
        JSON.stringify(job),
      ],
      { OMP_NUM_THREADS: String(job.threads), OPENBLAS_NUM_THREADS: String(job.threads) },
    )
  const sides = [
    { name: 'tony', worker: tony(), seconds: [] as number[][] },
    ...(reason === undefined
      ? [
          { name: 'torch', worker: torch(), seconds: [] as number[][] },
          { name: 'torch SKYLAKEX', worker: torch('SKYLAKEX'), seconds: [] as number[][] },
        ]
      : []),
  ]
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const side of sides) {
      // The first iteration of each turn warms up.
      const { seconds } = await side.worker.ask<{ seconds: number[][] }>({ iterations: iterations + 1 })
      side.seconds.push(...seconds.slice(1))
    }
  }
  for (const { worker } of sides) worker.end()
  console.log('side              samples/s  seconds of an iteration: rollout, score, update')
  const rates = sides.map(({ name, seconds }) => {
    const rate = job.rollouts / median(seconds.map((row) => row.reduce((a, b) => a + b, 0)))
    const each = parts.map((_, i) => median(seconds.map((row) => row[i]!)).toFixed(2))
    console.log(`${name.padEnd(17)} ${rate.toFixed(1).padStart(9)}  ${each.join('  ')}`)
    return rate
  })
  const [own, ...peers] = rates
  const best = peers.length === 0 ? null : Math.max(...peers)
  console.log(
    JSON.stringify({
      bench: 'ppo',
      samples_per_s: Number(own!.toFixed(2)),
      peer_samples_per_s: best === null ? null : Number(best.toFixed(2)),
      ratio: best === null ? null : Number((own! / best).toFixed(3)),
    }),
  )
}
