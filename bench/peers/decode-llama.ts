/** @file llama.cpp's side of `bench/decode`, through node-llama-cpp in a folder of its own. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { DecodeAnswer, DecodeJob, DecodeRequest, Precision } from '../decode-config.ts'
import { peakMegabytes, serveRequests } from '../worker-process.ts'

/** The parts of node-llama-cpp 3.22 that are used here. */
interface Sequence {
  evaluateWithoutGeneratingNewTokens(tokens: readonly number[]): Promise<void>
  evaluate(
    tokens: readonly number[],
    options: { temperature: number; yieldEogToken: boolean },
  ): AsyncGenerator<number, unknown>
}
interface Context {
  getSequence(): Sequence
  dispose(): Promise<void>
}
interface Model {
  createContext(options: {
    sequences: number
    contextSize: number
    batchSize: number
    threads: number
  }): Promise<Context>
}
interface LlamaModule {
  getLlama(options: {
    gpu: false
    build: 'never'
    logLevel: 'error'
    maxThreads: number
  }): Promise<{ loadModel(options: { modelPath: string }): Promise<Model> }>
}

const { folder, files, threads } = JSON.parse(process.argv[2]!) as {
  folder: string
  files: Record<Precision, string>
  threads: number
}
const { getLlama } = (await import(
  pathToFileURL(join(folder, 'node_modules/node-llama-cpp/dist/index.js')).href
)) as LlamaModule
const llama = await getLlama({ gpu: false, build: 'never', logLevel: 'error', maxThreads: threads })

const models = new Map<Precision, Promise<Model>>()
function modelOf(precision: Precision): Promise<Model> {
  const known = models.get(precision) ?? llama.loadModel({ modelPath: files[precision] })
  models.set(precision, known)
  return known
}

let context: Context | undefined
let streams: AsyncGenerator<number, unknown>[] = []

async function open({ sequences, cached, precision, room }: DecodeJob): Promise<Sequence[]> {
  await context?.dispose()
  const model = await modelOf(precision)
  context = await model.createContext({
    sequences,
    contextSize: Math.ceil((cached + room + 8) / 256) * 256,
    batchSize: 512,
    threads,
  })
  return Array.from({ length: sequences }, () => context!.getSequence())
}

await serveRequests(async (request: DecodeRequest): Promise<DecodeAnswer> => {
  if ('start' in request) {
    const { cached } = request.start
    const all = await open(request.start)
    const filler = (salt: number): number[] =>
      Array.from({ length: cached }, (_, i) => ((i * 31 + salt * 17) % 8000) + 1)
    await Promise.all(all.map((sequence, i) => sequence.evaluateWithoutGeneratingNewTokens(filler(i))))
    streams = all.map((sequence, i) => sequence.evaluate([i + 1], { temperature: 0, yieldEogToken: true }))
    return {}
  }
  if ('steps' in request) {
    const start = performance.now()
    await Promise.all(
      streams.map(async (stream) => {
        for (let i = 0; i < request.steps; i++) await stream.next()
      }),
    )
    return { seconds: (performance.now() - start) / 1000, peak_mb: peakMegabytes() }
  }
  const [sequence] = await open({
    sequences: 1,
    cached: request.prompt.length,
    precision: request.precision,
    room: request.tokens,
  })
  const tokens: number[] = []
  const stream = sequence!.evaluate(request.prompt, { temperature: 0, yieldEogToken: true })
  while (tokens.length < request.tokens) tokens.push((await stream.next()).value as number)
  return { tokens }
})
process.exit(0)
