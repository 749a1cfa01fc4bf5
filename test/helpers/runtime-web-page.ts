/** @file The script of a page that runs in Chromium what the test runs on Node. */
import { webRuntime } from 'tony/runtime/web'
import { probe, type TinyRun, trainAndDecode } from './tiny-gpt.ts'

type Device = 'cpu' | 'webgpu'

/** What the test calls. */
export interface RuntimePage {
  /** Whether the browser has an adapter for WebGPU. */
  adapter(): Promise<boolean>
  /** How often work was handed to the GPU. */
  submissions(): number
  train(device: Device, sizes: { steps: number; decode: number }): Promise<TinyRun>
  probe(device: Device): Promise<Record<string, unknown>>
  /** The error of a session on a device, or none. */
  failure(device: Device, profile?: string): Promise<string | undefined>
}

let submissions = 0
if (typeof GPUQueue !== 'undefined') {
  const submit = GPUQueue.prototype.submit
  GPUQueue.prototype.submit = function (commands) {
    submissions++
    return submit.call(this, commands)
  }
}

const runtime = (device: Device): ReturnType<typeof webRuntime> =>
  webRuntime({ device, wasmPaths: '/ort', threads: device === 'cpu' ? 2 : 1 })

const page: RuntimePage = {
  adapter: async () => ((await navigator.gpu?.requestAdapter()) ?? null) !== null,
  submissions: () => submissions,
  train: (device, sizes) => trainAndDecode(runtime(device), sizes),
  probe: (device) => probe(runtime(device)),
  failure: (device, profile) =>
    runtime(device)
      .createSession(new Uint8Array(0), profile === undefined ? {} : { profile })
      .then(
        () => undefined,
        (error: Error) => `${error.name}: ${error.message}`,
      ),
}
;(globalThis as unknown as { tony: RuntimePage }).tony = page
