/** @file Runs on the audio thread: microphone samples to 20 ms pieces of 24 kHz PCM. */
import { floatToPcm16, loudness, WIRE_RATE } from './pcm.ts'
import { StreamResampler } from './resampler.ts'

/** One piece of microphone sound. */
export interface CaptureFrame {
  readonly pcm: Int16Array<ArrayBuffer>
  /** Root mean square, 0 to 1. */
  readonly level: number
}

declare const sampleRate: number
declare class AudioWorkletProcessor {
  readonly port: MessagePort
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void

const FRAME = WIRE_RATE / 50

class Capture extends AudioWorkletProcessor {
  readonly #resampler = new StreamResampler(sampleRate, WIRE_RATE)
  readonly #frame = new Float32Array(FRAME)
  #filled = 0

  process(inputs: readonly (readonly Float32Array[])[]): boolean {
    const input = inputs[0]?.[0]
    if (input === undefined) return true
    for (const sample of this.#resampler.process(input)) {
      this.#frame[this.#filled++] = sample
      if (this.#filled === FRAME) this.#send()
    }
    return true
  }

  #send(): void {
    this.#filled = 0
    const pcm = floatToPcm16(this.#frame)
    const frame: CaptureFrame = { pcm, level: loudness(this.#frame) }
    this.port.postMessage(frame, [pcm.buffer])
  }
}

registerProcessor('capture', Capture)
