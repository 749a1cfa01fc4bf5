/** @file The loudspeaker: plays one sound at a time, from its first piece on, and stops at once. */
import { type Signal, signal } from '@preact/signals'
import { pcm16ToFloat, WIRE_RATE } from './pcm.ts'

/** What is being played. */
export interface Playback {
  /** Names the sound, so that its player on the page knows that it is meant. */
  readonly id: string
  /** Seconds of the sound that have been heard. */
  readonly position: number
  readonly paused: boolean
}

interface Stretch {
  readonly source: AudioBufferSourceNode
  /** On the context's clock. */
  readonly start: number
  /** Seconds into the sound. */
  readonly offset: number
  readonly duration: number
}

/** Plays sounds whose pieces may still be arriving. */
export class Player {
  readonly playback: Signal<Playback | null> = signal(null)
  #context: AudioContext | undefined
  #analyser: AnalyserNode | undefined
  #stretches: Stretch[] = []
  #id: string | undefined
  #scheduled = 0
  #open = false
  #frame = 0

  /** Must be called in a click or key press: browsers allow sound only then. */
  unlock(): void {
    void this.#ready().resume()
  }

  /** Starts a sound that arrives in pieces. */
  start(id: string, offset = 0): void {
    this.stop()
    this.#id = id
    this.#scheduled = offset
    this.#open = true
    void this.#ready().resume()
    this.playback.value = { id, position: offset, paused: false }
  }

  /** Adds the next piece of sound `id`; ignored if another sound plays meanwhile. */
  push(id: string, samples: Int16Array): void {
    if (this.#id !== id || samples.length === 0) return
    const context = this.#ready()
    const buffer = context.createBuffer(1, samples.length, WIRE_RATE)
    buffer.copyToChannel(pcm16ToFloat(samples), 0)
    const source = new AudioBufferSourceNode(context, { buffer })
    source.connect(this.#analyser!)
    const last = this.#stretches.at(-1)
    const start = Math.max(context.currentTime + 0.02, last === undefined ? 0 : last.start + last.duration)
    source.start(start)
    this.#stretches.push({ source, start, offset: this.#scheduled, duration: buffer.duration })
    this.#scheduled += buffer.duration
    if (this.#frame === 0) this.#tick()
  }

  /** Says that sound `id` is complete. */
  end(id: string): void {
    if (this.#id !== id) return
    this.#open = false
    if (this.#frame === 0) this.#tick()
  }

  /** Plays a whole sound from `offset` seconds. */
  play(id: string, samples: Int16Array, offset = 0): void {
    const from = Math.min(samples.length, Math.round(offset * WIRE_RATE))
    this.start(id, from / WIRE_RATE)
    this.push(id, samples.subarray(from))
    this.end(id)
  }

  /** Halts the sound where it is, or goes on. */
  async toggle(): Promise<void> {
    const playback = this.playback.value
    if (playback === null) return
    const paused = !playback.paused
    this.playback.value = { ...playback, paused }
    await (paused ? this.#ready().suspend() : this.#ready().resume())
  }

  /** Silence now. Returns the seconds of the sound that were heard. */
  stop(): number {
    const heard = this.#position()
    for (const { source } of this.#stretches) source.stop()
    this.#stretches = []
    this.#id = undefined
    this.#open = false
    cancelAnimationFrame(this.#frame)
    this.#frame = 0
    if (this.playback.value?.paused === true) void this.#ready().resume()
    this.playback.value = null
    return heard
  }

  /** Loudness of what is heard now, 0 to 1. */
  level(): number {
    if (this.#analyser === undefined || this.#id === undefined) return 0
    const data = new Float32Array(this.#analyser.fftSize)
    this.#analyser.getFloatTimeDomainData(data)
    let sum = 0
    for (const value of data) sum += value * value
    return Math.sqrt(sum / data.length)
  }

  #ready(): AudioContext {
    if (this.#context === undefined) {
      this.#context = new AudioContext({ sampleRate: WIRE_RATE, latencyHint: 'interactive' })
      this.#analyser = new AnalyserNode(this.#context, { fftSize: 512 })
      this.#analyser.connect(this.#context.destination)
    }
    return this.#context
  }

  #position(): number {
    const now = this.#context?.currentTime ?? 0
    const stretch = this.#stretches.findLast((candidate) => candidate.start <= now)
    if (stretch !== undefined) return stretch.offset + Math.min(now - stretch.start, stretch.duration)
    return this.#stretches[0]?.offset ?? 0
  }

  readonly #tick = (): void => {
    const playback = this.playback.value
    const position = this.#position()
    if (!this.#open && position >= this.#scheduled - 0.001) {
      this.stop()
      return
    }
    if (playback !== null && playback.position !== position) this.playback.value = { ...playback, position }
    this.#frame = requestAnimationFrame(this.#tick)
  }
}

/** The page's only loudspeaker. */
export const player: Player = new Player()
