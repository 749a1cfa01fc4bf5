/** @file Tony's side of `bench/decode`: the cache is an input of the graph, its new rows are written here. */
import { readFileSync } from 'node:fs'
import { program, toOnnx } from '../packages/tony/src/graph/program.ts'
import { gptStep } from '../packages/tony/src/models/gpt.ts'
import { ParamScope } from '../packages/tony/src/nn/params.ts'
import { encodeModel } from '../packages/tony/src/onnx/model.ts'
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
const parts = ['keys', 'values'] as const

const sessions = new Map<string, Promise<Session>>()
function sessionOf(precision: Precision): Promise<Session> {
  let known = sessions.get(precision)
  if (known === undefined) {
    const source = program('decode', gptStep(new ParamScope(), model, { batch: 'batch', longest }))
    const made =
      precision === 'f32'
        ? { program: source, weights }
        : quantizeProgram(source, weights, { bits: precision === 'q8' ? 8 : 4 })
    known = nodeRuntime.createSession(encodeModel(toOnnx(made.program, { weights: made.weights })), { threads })
    sessions.set(precision, known)
  }
  return known
}

/** Sequences that grow by one position per step. */
class Decoder {
  private readonly session: Session
  private readonly sequences: number
  private readonly slots: number
  private length: number
  private readonly feeds: Record<string, HostTensor> = {}
  private readonly into: Record<string, HostTensor> = {}
  private readonly mask: Float32Array

  constructor(session: Session, { sequences, cached, room }: Omit<DecodeJob, 'precision'>) {
    this.session = session
    this.sequences = sequences
    this.slots = cached + room
    this.length = cached
    for (let i = 0; i < layers; i++) {
      for (const part of parts) {
        const shape = [sequences, kvHeads, this.slots, headDim]
        const cache = hostZeros('float32', shape)
        // The time of a step does not depend on what is cached; zeros would be the one unfair choice.
        for (let k = 0; k < cache.data.length; k++) (cache.data as Float32Array)[k] = ((k * 7919) % 1009) / 504.5 - 1
        this.feeds[`cache/${i}/${part}`] = cache
        this.into[`new/${i}/${part}`] = hostZeros('float32', [sequences, kvHeads, 1, headDim])
      }
    }
    this.mask = new Float32Array(sequences * (this.slots + 1)).fill(-1e9)
    for (let s = 0; s < sequences; s++) {
      this.mask.fill(0, s * (this.slots + 1), s * (this.slots + 1) + cached)
      this.mask[s * (this.slots + 1) + this.slots] = 0
    }
    this.feeds['mask'] = hostTensor('float32', [sequences, 1, 1, this.slots + 1], this.mask)
  }

  /** Takes one token per sequence, gives the likeliest next ones. */
  async step(tokens: Int32Array): Promise<Int32Array> {
    this.feeds['tokens'] = hostTensor('int32', [this.sequences], tokens)
    this.feeds['positions'] = hostTensor(
      'int64',
      [this.sequences, 1],
      new BigInt64Array(this.sequences).fill(BigInt(this.length)),
    )
    const out = await this.session.run(this.feeds, { into: this.into, want: ['next'] })
    for (let i = 0; i < layers; i++) {
      for (const part of parts) {
        const rows = this.into[`new/${i}/${part}`]!.data as Float32Array
        const cache = this.feeds[`cache/${i}/${part}`]!.data as Float32Array
        for (let at = 0; at < this.sequences * kvHeads; at++)
          cache.set(rows.subarray(at * headDim, (at + 1) * headDim), (at * this.slots + this.length) * headDim)
      }
    }
    for (let s = 0; s < this.sequences; s++) this.mask[s * (this.slots + 1) + this.length] = 0
    this.length++
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
  const one = new Decoder(await sessionOf(request.precision), {
    sequences: 1,
    cached: 0,
    room: request.prompt.length + request.tokens,
  })
  let next = 0
  for (const token of request.prompt) next = (await one.step(Int32Array.of(token)))[0]!
  const made: number[] = []
  while (made.length < request.tokens) {
    made.push(next)
    next = (await one.step(Int32Array.of(next)))[0]!
  }
  return { tokens: made }
})
