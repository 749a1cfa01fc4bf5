/** @file Runs ONNX models: one interface for every device. Only `node/` and `web/` touch ONNX Runtime. */

import type { HostTensor } from '../tensor/host.ts'

/** A compiled model. `run` uses the calling thread for as long as it takes: keep it off the thread that serves people. */
export interface Session {
  readonly inputNames: readonly string[]
  readonly outputNames: readonly string[]
  /**
   * Runs once. `into` holds tensors whose data receive the outputs of those names, without allocation; other outputs
   * named in `want` (default: all) are new tensors.
   */
  run(
    feeds: Readonly<Record<string, HostTensor>>,
    options?: { into?: Readonly<Record<string, HostTensor>>; want?: readonly string[] },
  ): Promise<Record<string, HostTensor>>
  dispose(): Promise<void>
}

export interface SessionOptions {
  /** Threads for one run; default: all cores. */
  readonly threads?: number
  /** Writes a Chrome trace of every kernel to this prefix. */
  readonly profile?: string
  /** Graph optimizations of ONNX Runtime to leave out, by name. */
  readonly withoutOptimizers?: readonly string[]
  /** `cpu` (default) or `webgpu`. */
  readonly device?: 'cpu' | 'webgpu'
}

export interface Runtime {
  readonly name: string
  createSession(model: Uint8Array, options?: SessionOptions): Promise<Session>
}
