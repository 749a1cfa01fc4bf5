/** @file Tony's side of `bench/decode`: the pool of caches that serves conversations, and one graph that reads it in place. */
import { readFileSync } from 'node:fs'
import { runFeeds } from '../packages/tony/src/generate/kv-feeds.ts'
import { KvPool, KvSequence } from '../packages/tony/src/generate/kv-pool.ts'
import { program, toOnnx } from '../packages/tony/src/graph/program.ts'
import { gptStep } from '../packages/tony/src/models/gpt.ts'
import { ParamScope } from '../packages/tony/src/nn/params.ts'
import { encodeModel } from '../packages/tony/src/onnx/model.ts'
import { fuseNorms } from '../packages/tony/src/passes/fuse-norms.ts'
import { quantizeProgram } from '../packages/tony/src/passes/quantize.ts'
import { nodeRuntime } from '../packages/tony/src/runtime/node/index.ts'
import type { Session } from '../packages/tony/src/runtime/types.ts'
import { fromBytes } from '../packages/tony/src/tensor/dtype.ts'
import { type HostTensor, hostTensor, hostZeros } from '../packages/tony/src/tensor/host.ts'
import { decodeSafetensors } from '../packages/tony/src/util/safetensors.ts'
import { type DecodeAnswer, type DecodeJob, type DecodeRequest, model, type Precision } from './decode-config.ts'
import { peakMegabytes, serveRequests } from './worker-process.ts'

const {
  weights: path,
  threads,
  longest,
} = JSON.parse(process.argv[2]!) as { weights: string; threads: number; longest: number }
const weights = Object.fromEntries(
  Object.entries(decodeSafetensors(readFileSync(path)).tensors).map(([name, { shape, bytes }]) => [
    name,
    hostTensor('float32', shape, fromBytes('float32', bytes)),
  ]),
)
const { layers, kvHeads, headDim } = model
const rowNames = Array.from({ length: layers }, (_, i) => [`new/${i}/keys`, `new/${i}/values`]).flat()

const sessions = new Map<string, Promise<Session>>()
function sessionOf(precision: Precision): Promise<Session> {
  let known = sessions.get(precision)
  if (known === undefined) {
    const source = program('decode', gptStep(new ParamScope(), model, { batch: 'batch', longest }))
    const made =
      precision === 'f32'
        ? { program: source, weights }
        : quantizeProgram(source, weights, { bits: precision === 'q8' ? 8 : 4 })
    known = nodeRuntime.createSession(encodeModel(fuseNorms(toOnnx(made.program, { weights: made.weights }))), {
      threads,
    })
    sessions.set(precision, known)
  }
  return known
}

/** Sequences that grow by one position per step, in the pool that serves conversations. */
class Decoder {
  private readonly session: Session
  private readonly pool = new KvPool(model, longest)
  private readonly sequences: readonly KvSequence[]

  constructor(session: Session, { sequences, cached }: Omit<DecodeJob, 'precision' | 'room'>) {
    this.session = session
    this.sequences = Array.from({ length: sequences }, () => new KvSequence())
    if (cached === 0) return
    // The time of a step does not depend on what is cached; zeros would be the one unfair choice.
    const shape = [1, kvHeads, cached, headDim]
    const rows = hostZeros('float32', shape)
    for (let k = 0; k < rows.data.length; k++) (rows.data as Float32Array)[k] = ((k * 7919) % 1009) / 504.5 - 1
    const made: Record<string, HostTensor> = {}
    for (let i = 0; i < layers; i++) for (const part of ['keys', 'values']) made[`new/${i}/${part}`] = rows
    for (const sequence of this.sequences) {
      this.pool.reserve(sequence, cached)
      this.pool.append([sequence], made, cached)
    }
  }

  /** Takes one token per sequence, gives the likeliest next ones. */
  async step(tokens: Int32Array): Promise<Int32Array> {
    for (const sequence of this.sequences) this.pool.reserve(sequence, 1)
    const feeds = runFeeds(this.pool, this.sequences, 1)
    const out = await this.session.run(
      { ...feeds, tokens: hostTensor('int32', [tokens.length], tokens) },
      { want: ['next', ...rowNames] },
    )
    this.pool.append(this.sequences, out, 1)
    return Int32Array.from(out['next']!.data as BigInt64Array, Number)
  }
}

let decoder: Decoder | undefined
let tokens: Int32Array = new Int32Array(0)
await serveRequests(async (request: DecodeRequest): Promise<DecodeAnswer> => {
  if ('start' in request) {
    decoder = new Decoder(await sessionOf(request.start.precision), request.start)
    tokens = new Int32Array(request.start.sequences).map((_, i) => i + 1)
    return {}
  }
  if ('steps' in request) {
    const start = performance.now()
    for (let i = 0; i < request.steps; i++) tokens = await decoder!.step(tokens)
    return { seconds: (performance.now() - start) / 1000, peak_mb: peakMegabytes() }
  }
  const one = new Decoder(await sessionOf(request.precision), { sequences: 1, cached: 0 })
  let next = 0
  for (const token of request.prompt) next = (await one.step(Int32Array.of(token)))[0]!
  const made: number[] = []
  while (made.length < request.tokens) {
    made.push(next)
    next = (await one.step(Int32Array.of(next)))[0]!
  }
  return { tokens: made }
})
