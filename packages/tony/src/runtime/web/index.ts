/** @file ONNX Runtime in a browser. */
import type * as Ort from 'onnxruntime-web'
import type { HostTensor } from '../../tensor/host.ts'
import { showShape } from '../../tensor/shape.ts'
import { TonyError } from '../../util/errors.ts'
import { commonOptions, fromEngine, inputsOf, loadError } from '../session.ts'
import type { Runtime, Session, SessionOptions } from '../types.ts'
import { unfuseMatMul } from '../unfuse.ts'

type Device = NonNullable<SessionOptions['device']>

export interface WebRuntimeOptions {
  /**
   * Folder of ONNX Runtime's `ort-wasm-*.wasm` and `.mjs` files (`dist` of the package onnxruntime-web), relative to the
   * page. Default: wherever the bundler has put them.
   */
  readonly wasmPaths?: string
  /** Where sessions run that do not say it themselves: `cpu` (WebAssembly, default) or `webgpu`. */
  readonly device?: Device
  /** Threads of sessions that do not say it themselves; default: all cores. */
  readonly threads?: number
}

/**
 * ONNX Runtime for browsers, in a page or a worker. Its code and its WebAssembly (14 MB for `cpu`, 27 MB for `webgpu`)
 * are loaded with the first session of a device.
 *
 * Threads need a page that is cross-origin isolated (`Cross-Origin-Opener-Policy: same-origin` and
 * `Cross-Origin-Embedder-Policy: require-corp`); elsewhere there is one. All sessions of a device share one pool of
 * threads, as large as the first session asked for, and run one at a time.
 *
 * Tensors live in the host's memory here as on Node: WebAssembly and GPU have memories of their own, into which each run
 * copies its inputs and from which it copies its outputs, those named in `into` too. For a training step that is three
 * times the parameters (values and two moments) in each direction. 16 MiB there and back took 64 ms on WebAssembly and
 * 281 ms on WebGPU, where values that stayed took 33 ms (SwiftShader, two busy cores).
 *
 * On WebGPU products go without `FusedMatMul`, for which it has no kernel. What else it lacks runs on WebAssembly: of a
 * GPT's training step one `Unsqueeze` of int32 labels, of its decoding step two `Slice`s of int64 shapes.
 */
export function webRuntime({ wasmPaths, device, threads }: WebRuntimeOptions = {}): Runtime {
  return {
    name: 'onnxruntime-web',
    createSession: (model, options = {}) =>
      createSession(model, wasmPaths, {
        ...(device === undefined ? {} : { device }),
        ...(threads === undefined ? {} : { threads }),
        ...options,
      }),
  }
}

async function createSession(
  model: Uint8Array,
  wasmPaths: string | undefined,
  options: SessionOptions,
): Promise<Session> {
  const { threads = navigator.hardwareConcurrency, profile, device = 'cpu' } = options
  if (profile !== undefined)
    throw new TonyError(
      'unsupported',
      `runtime: a browser cannot write the profile ${profile}; profile the program on Node`,
    )
  if (device === 'webgpu') await requireAdapter()
  const { ort, inTurn } = await engineOf(device, wasmPaths, threads)
  let session: Ort.InferenceSession
  try {
    session = await inTurn(() =>
      ort.InferenceSession.create(device === 'webgpu' ? unfuseMatMul(model) : model, {
        ...commonOptions(options),
        executionProviders: device === 'cpu' ? ['wasm'] : ['webgpu'],
      }),
    )
  } catch (cause) {
    throw loadError(cause)
  }
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    async run(feeds, { into = {}, want } = {}) {
      const inputs = inputsOf(ort.Tensor, session.inputNames, feeds)
      const names = new Set([...(want ?? session.outputNames), ...Object.keys(into)])
      const fetches = Object.fromEntries([...names].map((name) => [name, null]))
      const results = await inTurn(() => session.run(inputs, fetches))
      const out: Record<string, HostTensor> = {}
      for (const [name, tensor] of Object.entries(results)) {
        const made = fromEngine(tensor)
        const target = into[name]
        if (target !== undefined) copyInto(name, made, target)
        out[name] = target ?? made
      }
      return out
    },
    dispose: () => inTurn(() => session.release()),
  }
}

/** ONNX Runtime leaves the memory of a host tensor that it is given for an output as it was. */
function copyInto(name: string, made: HostTensor, target: HostTensor): void {
  if (made.dtype !== target.dtype || made.shape.join() !== target.shape.join())
    throw new TonyError(
      'shape',
      `runtime: output '${name}' is ${made.dtype} ${showShape(made.shape)}, the tensor given for it is ${target.dtype} ${showShape(target.shape)}`,
    )
  ;(target.data as Float32Array).set(made.data as Float32Array)
}

interface Engine {
  readonly ort: typeof Ort
  /** ONNX Runtime's calls await in the middle, and two of them in one WebAssembly memory disturb each other. */
  inTurn<T>(call: () => Promise<T>): Promise<T>
}

const engines = new Map<Device, Promise<Engine>>()

/** The engine of a device; the first call decides about its files and threads. */
function engineOf(device: Device, wasmPaths: string | undefined, threads: number): Promise<Engine> {
  let engine = engines.get(device)
  if (engine === undefined) {
    engine = loadEngine(device, wasmPaths, threads)
    engines.set(device, engine)
  }
  return engine
}

async function loadEngine(device: Device, wasmPaths: string | undefined, threads: number): Promise<Engine> {
  // The build without WebGPU is half the size.
  const ort: typeof Ort =
    device === 'webgpu' ? await import('onnxruntime-web/webgpu') : await import('onnxruntime-web/wasm')
  if (wasmPaths !== undefined)
    ort.env.wasm.wasmPaths = new URL(`${wasmPaths}/`.replace(/\/+$/, '/'), location.href).href
  ort.env.wasm.numThreads = crossOriginIsolated ? threads : 1
  // What ONNX Runtime has to say arrives as errors.
  ort.env.logLevel = 'error'
  let last: Promise<unknown> = Promise.resolve()
  return {
    ort,
    inTurn(call) {
      const result = last.then(call)
      last = result.catch(() => undefined)
      return result
    },
  }
}

async function requireAdapter(): Promise<void> {
  const adapter = await navigator.gpu?.requestAdapter()
  if (adapter === undefined || adapter === null)
    throw new TonyError('unsupported', "runtime: this browser offers no WebGPU adapter; use the device 'cpu'")
}
