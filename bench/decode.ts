/**
 * @file `npm run -s bench -- decode [--rounds 5] [--steps 16] [--sequences 1,8,32] [--cached 256,1024] [--precision f32,q8,q4] [--threads all] [--no-peer]`
 *
 * Generates with one GPT of random weights in Tony and in llama.cpp (node-llama-cpp), turn by turn.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeGguf } from '../packages/tony/src/models/gguf.ts'
import { gptStep } from '../packages/tony/src/models/gpt.ts'
import { countParams, initParams, ParamScope } from '../packages/tony/src/nn/params.ts'
import { bytesOf } from '../packages/tony/src/tensor/dtype.ts'
import { encodeSafetensors } from '../packages/tony/src/util/safetensors.ts'
import { readOptions } from '../recipes/program.ts'
import { type DecodeAnswer, model, type Precision, precisions } from './decode-config.ts'
import { ensureLlama } from './peers/install.ts'
import { median, WorkerProcess } from './worker-process.ts'

const ggufTypes = { f32: 'F32', q8: 'Q8_0', q4: 'Q4_0' } as const

export async function main(args: readonly string[]): Promise<void> {
  const { values } = readOptions({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '5' },
      steps: { type: 'string', default: '16' },
      sequences: { type: 'string', default: '1,8,32' },
      cached: { type: 'string', default: '256,1024' },
      precision: { type: 'string', default: precisions.join() },
      threads: { type: 'string', default: String(availableParallelism()) },
      'no-peer': { type: 'boolean', default: false },
    },
  })
  const [rounds, steps, threads] = [Number(values.rounds), Number(values.steps), Number(values.threads)]
  const numbers = (list: string): number[] => list.split(',').map(Number)
  const chosen = precisions.filter((precision) => values.precision.split(',').includes(precision))
  const room = (rounds + 1) * steps + 1
  const longest = Math.max(...numbers(values.cached), 32) + room
  const peer = values['no-peer'] ? { reason: 'left out by --no-peer' } : ensureLlama()
  let reason = 'reason' in peer ? peer.reason : undefined

  const scope = new ParamScope()
  gptStep(scope, model, { batch: 1, longest })
  const specs = scope.entries.map(({ spec }) => spec)
  const params = initParams(specs, 1)
  const scratch = mkdtempSync(join(tmpdir(), 'tony-bench-'))
  const workers: WorkerProcess[] = []
  const cases: Record<string, unknown>[] = []
  try {
    const weights = join(scratch, 'weights.safetensors')
    const tensors = Object.fromEntries(
      Object.entries(params).map(([name, { shape, data }]) => [
        name,
        { type: 'F32' as const, shape, bytes: bytesOf(data) },
      ]),
    )
    writeFileSync(weights, encodeSafetensors({ tensors, metadata: {} }))
    const files = Object.fromEntries(
      chosen.map((precision) => [precision, join(scratch, `${precision}.gguf`)]),
    ) as Record<Precision, string>
    for (const precision of chosen)
      writeFileSync(files[precision], encodeGguf(model, params, { type: ggufTypes[precision], contextLength: longest }))

    const worker = (file: string, job: unknown): WorkerProcess => {
      const made = new WorkerProcess(process.execPath, [
        '--conditions=@tony/source',
        '--import',
        'tsx',
        join(import.meta.dirname, file),
        JSON.stringify(job),
      ])
      workers.push(made)
      return made
    }
    const tony = worker('decode-worker.ts', { weights, threads, longest })
    let llama =
      reason === undefined && 'folder' in peer
        ? worker('peers/decode-llama.ts', { folder: peer.folder, files, threads })
        : undefined
    console.log(
      `${(countParams(specs) / 1e6).toFixed(1)} M parameters (d ${model.width}, ${model.layers} layers, V ${model.vocab}), ${threads} threads; llama.cpp keeps its cache in float16, Tony in float32`,
    )
    for (const precision of chosen) {
      const request = { prompt: [11, 500, 42, 7, 3000, 8, 77, 1234], precision, tokens: 16 }
      const own = await tony.ask<DecodeAnswer>(request)
      if (llama === undefined) continue
      try {
        const other = await llama.ask<DecodeAnswer>(request)
        const same = own.tokens!.findIndex((token, i) => token !== other.tokens![i])
        console.log(`${precision}: the first ${same < 0 ? 16 : same} of 16 greedy tokens are llama.cpp's own`)
      } catch (error) {
        reason = `node-llama-cpp does not run: ${(error as Error).message.split('\n')[0]}`
        llama = undefined
      }
    }
    if (reason !== undefined) console.log(`peer: none (${reason})`)
    console.log('precision  sequences  cached    tokens/s  llama.cpp  ratio')
    for (const precision of chosen) {
      for (const sequences of numbers(values.sequences)) {
        for (const cached of numbers(values.cached)) {
          const sides = llama === undefined ? [tony] : [tony, llama]
          const rates: number[][] = sides.map(() => [])
          for (const side of sides) {
            await side.ask({ start: { sequences, cached, precision, room } })
            await side.ask({ steps })
          }
          for (let round = 0; round < rounds; round++) {
            for (const [i, side] of sides.entries())
              rates[i]!.push((sequences * steps) / (await side.ask<DecodeAnswer>({ steps })).seconds!)
          }
          const own = median(rates[0]!)
          const other = rates[1] === undefined ? null : median(rates[1])
          const ratio = other === null ? null : Number((own / other).toFixed(3))
          console.log(
            `${precision.padEnd(10)} ${String(sequences).padStart(9)} ${String(cached).padStart(7)} ${own.toFixed(1).padStart(11)} ${(other?.toFixed(1) ?? '-').padStart(10)} ${String(ratio ?? '-').padStart(6)}`,
          )
          cases.push({
            sequences,
            cached,
            precision,
            tokens_per_s: Number(own.toFixed(1)),
            peer_tokens_per_s: other === null ? null : Number(other.toFixed(1)),
            ratio,
          })
        }
      }
    }
  } finally {
    for (const worker of workers) worker.end()
    rmSync(scratch, { recursive: true, force: true })
  }
  console.log(JSON.stringify({ bench: 'decode', ...(reason === undefined ? {} : { peer_reason: reason }), cases }))
}
