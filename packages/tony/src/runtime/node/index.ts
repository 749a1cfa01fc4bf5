/** @file ONNX Runtime on Node. */

import { availableParallelism } from 'node:os'
import * as ort from 'onnxruntime-node'
import type { HostTensor } from '../../tensor/host.ts'
import { commonOptions, fromEngine, inputsOf, loadError, toEngine } from '../session.ts'
import type { Runtime, Session, SessionOptions } from '../types.ts'

async function createSession(model: Uint8Array, options: SessionOptions = {}): Promise<Session> {
  const { threads = availableParallelism(), profile, device = 'cpu' } = options
  let session: ort.InferenceSession
  try {
    session = await ort.InferenceSession.create(model, {
      ...commonOptions(options),
      executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      enableCpuMemArena: true,
      enableMemPattern: true,
      ...(profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: profile }),
    })
  } catch (cause) {
    throw loadError(cause)
  }
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    async run(feeds, { into = {}, want } = {}) {
      const inputs = inputsOf(ort.Tensor, session.inputNames, feeds)
      const fetches: Record<string, ort.Tensor | null> = {}
      for (const name of want ?? session.outputNames) fetches[name] = null
      for (const [name, tensor] of Object.entries(into)) fetches[name] = toEngine(ort.Tensor, tensor)
      const results = await session.run(inputs, fetches as never)
      const out: Record<string, HostTensor> = {}
      for (const [name, tensor] of Object.entries(results)) out[name] = into[name] ?? fromEngine(tensor as ort.Tensor)
      return out
    },
    async dispose() {
      if (profile !== undefined) session.endProfiling()
      await session.release()
    },
  }
}

/** ONNX Runtime for Node: CPU always, WebGPU where its library and a driver are present. */
export const nodeRuntime: Runtime = { name: `onnxruntime-node ${ort.env.versions.node ?? ''}`.trim(), createSession }
