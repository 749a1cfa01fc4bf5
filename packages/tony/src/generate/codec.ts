/** @file The trained audio codec at work: sound to codes, and codes to sound frame by frame. */
import { logMel, MEL_BANDS } from '../media/audio/mel.ts'
import { StreamingSpsi } from '../media/audio/spsi.ts'
import { type CodecConfig, codecClipDecoder, codecDecoder, codecEncoder } from '../models/codec.ts'
import { MAGNITUDE_BINS, MAGNITUDE_FLOOR } from '../models/log-bands.ts'
import { fsqCodeCoordinates } from '../nn/fsq.ts'
import type { ParamValues } from '../nn/params.ts'
import type { Runtime, Session } from '../runtime/types.ts'
import { concatFloats, type HostTensor, hostFloat, hostTensor } from '../tensor/host.ts'
import { planRuns, runFeeds } from './kv-feeds.ts'
import { KvPool, KvSequence } from './kv-pool.ts'
import { compileProgram } from './program.ts'

const HOP = 160
/** The decoder's weights in spans of its pool: see `planRuns`. */
const RUN_COST = 16

/** A loaded codec. Its programs are compiled when they are first used. */
export class AudioCodec {
  readonly config: CodecConfig
  private readonly pool: KvPool
  private readonly compile: (name: 'encoder' | 'clip' | 'stream') => Promise<Session>
  private readonly sessions = new Map<string, Promise<Session>>()

  private constructor(config: CodecConfig, compile: AudioCodec['compile']) {
    this.config = config
    this.compile = compile
    this.pool = new KvPool(config.block, config.longest)
  }

  static async load(
    runtime: Runtime,
    { config, ...options }: { config: CodecConfig; params: ParamValues; threads?: number },
  ): Promise<AudioCodec> {
    const codec = new AudioCodec(config, (name) =>
      compileProgram(runtime, { name: `codec-${name}`, ...options }, (p) => {
        if (name === 'encoder') return { codes: codecEncoder(p, config) }
        return name === 'clip' ? { logMagnitudes: codecClipDecoder(p, config) } : codecDecoder(p, config)
      }),
    )
    await codec.session('stream')
    return codec
  }

  private session(name: 'encoder' | 'clip' | 'stream'): Promise<Session> {
    const known = this.sessions.get(name) ?? this.compile(name)
    this.sessions.set(name, known)
    return known
  }

  /** Codes of sound at 16 kHz, one row for every 80 ms; the end is filled up with silence. */
  async encode(samples: Float32Array): Promise<Int32Array[]> {
    const { patch, codes, longest } = this.config
    const time = Math.min(longest, Math.ceil(samples.length / (patch * HOP)))
    if (time === 0) return []
    const padded = new Float32Array(time * patch * HOP)
    padded.set(samples.subarray(0, padded.length))
    const mel = hostFloat([time, patch * MEL_BANDS], logMel(padded).data)
    const out = await (await this.session('encoder')).run({ mel, ...clipFeeds(time) })
    const all = out['codes']!.data as Int32Array
    return Array.from({ length: time }, (_, i) => all.slice(i * codes, (i + 1) * codes))
  }

  /** All sound of `rows` of codes, 1,280 samples (80 ms at 16 kHz) a row. It lags by 22 ms, which the inversion needs. */
  async decode(rows: readonly ArrayLike<number>[]): Promise<Float32Array> {
    const { longest, patch } = this.config
    const spsi = new StreamingSpsi()
    const out = new Float32Array(rows.length * patch * HOP)
    for (let i = 0; i < rows.length; i += longest) {
      const part = rows.slice(i, i + longest)
      const feeds = { coordinates: this.coordinates(part), ...clipFeeds(part.length) }
      const made = await (await this.session('clip')).run(feeds)
      out.set(this.sound(spsi, made['logMagnitudes']!.data as Float32Array), i * patch * HOP)
    }
    return out
  }

  /** A stream that has said nothing; `close` it. */
  stream(): CodecStream {
    return new CodecStream(this, this.pool)
  }

  /** The next 80 ms of each stream (1,280 samples at 16 kHz) from its next row of codes, in one run; the sound lags by 22 ms. */
  async push(
    items: readonly { readonly stream: CodecStream; readonly codes: ArrayLike<number> }[],
  ): Promise<Float32Array[]> {
    const session = await this.session('stream')
    for (const { sequence } of items.map(({ stream }) => stream)) {
      // Speech longer than the codec's context starts a new one; the phases run on.
      if (sequence.length + 1 > this.config.longest) this.pool.release(sequence)
      this.pool.reserve(sequence, 1)
    }
    const out = new Map<CodecStream, Float32Array>()
    const readings = items.map(({ stream, codes }) => ({ sequence: stream.sequence, stream, codes }))
    for (const run of planRuns(readings, RUN_COST)) {
      const sequences = run.map(({ sequence }) => sequence)
      const feeds = {
        coordinates: this.coordinates(run.map(({ codes }) => codes)),
        ...runFeeds(this.pool, sequences, 1),
      }
      const made = await session.run(feeds)
      this.pool.append(sequences, made, 1)
      const logs = made['logMagnitudes']!.data as Float32Array
      const size = logs.length / run.length
      run.forEach(({ stream }, i) => {
        out.set(stream, this.sound(stream.spsi, logs.subarray(i * size, (i + 1) * size)))
      })
    }
    return items.map(({ stream }) => out.get(stream)!)
  }

  async dispose(): Promise<void> {
    for (const session of this.sessions.values()) await (await session).dispose()
    this.sessions.clear()
  }

  /** Grid coordinates [rows, codes · dims]; codes that a row leaves out are 0, as nested dropout taught the decoder. */
  private coordinates(rows: readonly ArrayLike<number>[]): HostTensor<'float32'> {
    const { levels, codes } = this.config
    const out = new Float32Array(rows.length * codes * levels.length)
    rows.forEach((row, i) => {
      for (let k = 0; k < Math.min(codes, row.length); k++)
        out.set(fsqCodeCoordinates(row[k]!, levels), (i * codes + k) * levels.length)
    })
    return hostTensor('float32', [rows.length, codes * levels.length], out)
  }

  /** Samples of log magnitudes [frames, bins], 160 a frame. */
  private sound(spsi: StreamingSpsi, logs: Float32Array): Float32Array {
    const frames = logs.length / MAGNITUDE_BINS
    const samples = new Float32Array(frames * HOP)
    const magnitudes = new Float32Array(MAGNITUDE_BINS)
    for (let f = 0; f < frames; f++) {
      for (let b = 0; b < MAGNITUDE_BINS; b++)
        magnitudes[b] = Math.max(0, Math.exp(Math.min(logs[f * MAGNITUDE_BINS + b]!, 6)) - MAGNITUDE_FLOOR)
      samples.set(spsi.push(magnitudes), f * HOP)
    }
    return samples
  }
}

/** Positions and the causal mask of one clip. */
function clipFeeds(time: number): Record<string, HostTensor> {
  const mask = new Float32Array(time * time).fill(-1e9)
  for (let i = 0; i < time; i++) mask.fill(0, i * time, i * time + i + 1)
  const positions = BigInt64Array.from({ length: time }, (_, i) => BigInt(i))
  return {
    positions: hostTensor('int64', [1, time], positions),
    mask: hostTensor('float32', [1, 1, time, time], mask),
  }
}

/** One stream of frames on its way to sound: its cache, and the running phases of the inversion. */
export class CodecStream {
  readonly sequence: KvSequence = new KvSequence()
  readonly spsi: StreamingSpsi = new StreamingSpsi()
  private readonly codec: AudioCodec
  private readonly pool: KvPool
  constructor(codec: AudioCodec, pool: KvPool) {
    this.codec = codec
    this.pool = pool
  }

  /** Sound of the next rows of codes of this stream alone. */
  async push(rows: readonly ArrayLike<number>[]): Promise<Float32Array> {
    const parts: Float32Array[] = []
    for (const codes of rows) parts.push(...(await this.codec.push([{ stream: this, codes }])))
    return concatFloats(parts)
  }

  /** Gives the cache back. Not while a run reads it. */
  close(): void {
    this.pool.release(this.sequence)
  }
}
