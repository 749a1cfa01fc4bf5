/** @file ONNX Runtime on Node. */

import { availableParallelism } from 'node:os'
import * as ort from 'onnxruntime-node'
import type { DType } from '../../tensor/dtype.ts'

import type { HostTensor } from '../../tensor/host.ts'
import { TonyError } from '../../util/errors.ts'
import type { Runtime, Session, SessionOptions } from '../types.ts'

type OrtType = 'float32' | 'int32' | 'int64' | 'bool' | 'uint8' | 'int8' | 'float16'

function toOrt(tensor: HostTensor): ort.Tensor {
  return new ort.Tensor(tensor.dtype as 'float32', tensor.data as Float32Array, tensor.shape)
}

function fromOrt(tensor: ort.Tensor): HostTensor {
  return { dtype: tensor.type as DType & OrtType, shape: tensor.dims, data: tensor.data as Float32Array } as HostTensor
}

async function createSession(
  model: Uint8Array,
  { threads = availableParallelism(), profile, withoutOptimizers = [], device = 'cpu' }: SessionOptions = {},
): Promise<Session> {
  let session: ort.InferenceSession
  try {
    session = await ort.InferenceSession.create(model, {
      executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      enableCpuMemArena: true,
      enableMemPattern: true,
      logSeverityLevel: 3,
      ...(withoutOptimizers.length === 0
        ? {}
        : { extra: { optimization: { disable_specified_optimizers: withoutOptimizers.join(';') } } }),
      ...(profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: profile }),
    })
  } catch (cause) {
    throw new TonyError('invalid', `runtime: ONNX Runtime cannot load the model: ${(cause as Error).message}`, {
      cause,
    })
  }
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    async run(feeds, { into = {}, want } = {}) {
      const inputs: Record<string, ort.Tensor> = {}
      for (const name of session.inputNames) {
        const tensor = feeds[name]
        if (tensor === undefined)
          throw new TonyError(
            'invalid',
            `runtime: input '${name}' is missing; the program takes ${session.inputNames.join(', ')}`,
          )
        inputs[name] = toOrt(tensor)
      }
      const fetches: Record<string, ort.Tensor | null> = {}
      for (const name of want ?? session.outputNames) fetches[name] = null
      for (const [name, tensor] of Object.entries(into)) fetches[name] = toOrt(tensor)
      const results = await session.run(inputs, fetches as never)
      const out: Record<string, HostTensor> = {}
      for (const [name, tensor] of Object.entries(results)) out[name] = into[name] ?? fromOrt(tensor as ort.Tensor)
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
