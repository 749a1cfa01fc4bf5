/** @file The trained audio codec at work: sound to codes, and codes to sound frame by frame. */
import { logMel, MEL_BANDS } from '../media/audio/mel.ts'
import { StreamingSpsi } from '../media/audio/spsi.ts'
import { type CodecConfig, codecDecoder, codecEncoder, MAGNITUDE_BINS, MAGNITUDE_FLOOR } from '../models/codec.ts'
import { fsqCodeCoordinates } from '../nn/fsq.ts'
import type { ParamValues } from '../nn/params.ts'
import type { Runtime, Session } from '../runtime/types.ts'
import { type HostTensor, hostFloat, hostTensor } from '../tensor/host.ts'
import { KvCache } from './kv-cache.ts'
import { compileProgram } from './program.ts'

const HOP = 160

/** A loaded codec. */
export class AudioCodec {
  readonly config: CodecConfig
  private readonly encoder: Session
  private readonly decoder: Session
  private constructor(config: CodecConfig, encoder: Session, decoder: Session) {
    this.config = config
    this.encoder = encoder
    this.decoder = decoder
  }

  static async load(
    runtime: Runtime,
    { config, params, threads }: { config: CodecConfig; params: ParamValues; threads?: number },
  ): Promise<AudioCodec> {
    const options = { params, ...(threads === undefined ? {} : { threads }) }
    const encoder = await compileProgram(runtime, { name: 'codec-encoder', ...options }, (p) => ({
      codes: codecEncoder(p, config),
    }))
    const decoder = await compileProgram(runtime, { name: 'codec-decoder', ...options }, (p) => codecDecoder(p, config))
    return new AudioCodec(config, encoder, decoder)
  }

  /** Codes of sound at 16 kHz, one row for every 80 ms; the end is filled up with silence. */
  async encode(samples: Float32Array): Promise<Int32Array[]> {
    const { patch, codes, longest } = this.config
    const time = Math.min(longest, Math.ceil(samples.length / (patch * HOP)))
    if (time === 0) return []
    const padded = new Float32Array(time * patch * HOP)
    padded.set(samples.subarray(0, padded.length))
    const mask = new Float32Array(time * time).fill(-1e9)
    for (let i = 0; i < time; i++) mask.fill(0, i * time, i * time + i + 1)
    const out = await this.encoder.run({
      mel: hostFloat([time, patch * MEL_BANDS], logMel(padded).data),
      positions: hostTensor(
        'int64',
        [1, time],
        BigInt64Array.from({ length: time }, (_, i) => BigInt(i)),
      ),
      mask: hostTensor('float32', [1, 1, time, time], mask),
    })
    const all = out['codes']!.data as Int32Array
    return Array.from({ length: time }, (_, i) => all.slice(i * codes, (i + 1) * codes))
  }

  /** A decoder for one stream of frames. */
  stream(): CodecStream {
    return new CodecStream(this.config, (feeds) => this.decoder.run(feeds))
  }

  /** All sound of `rows` of codes. */
  async decode(rows: readonly ArrayLike<number>[]): Promise<Float32Array> {
    const stream = this.stream()
    const size = this.config.patch * HOP
    const out = new Float32Array(rows.length * size)
    for (let i = 0; i < rows.length; i += 64) {
      const part = rows.slice(i, i + 64)
      out.set(await stream.push(part), i * size)
    }
    return out
  }
}

/** Decodes frame by frame: a cache for the network, running phases for the inversion. */
export class CodecStream {
  private readonly config: CodecConfig
  private readonly run: (feeds: Record<string, HostTensor>) => Promise<Record<string, HostTensor>>
  private cache: KvCache
  private readonly spsi: StreamingSpsi = new StreamingSpsi()
  constructor(config: CodecConfig, run: (feeds: Record<string, HostTensor>) => Promise<Record<string, HostTensor>>) {
    this.config = config
    this.run = run
    this.cache = new KvCache(config.block, config.longest)
  }

  /** Samples (16 kHz, 1,280 a row) of the next rows of codes. The sound lags by 22 ms, which the inversion needs. */
  async push(rows: readonly ArrayLike<number>[]): Promise<Float32Array> {
    const { levels, codes, patch, longest } = this.config
    const time = rows.length
    // Speech longer than the codec's context starts a new one; the phases run on.
    if (this.cache.length + time > longest) this.cache = new KvCache(this.config.block, longest)
    const coordinates = new Float32Array(time * codes * levels.length)
    rows.forEach((row, i) => {
      for (let k = 0; k < codes; k++)
        coordinates.set(fsqCodeCoordinates(row[k]!, levels), (i * codes + k) * levels.length)
    })
    const out = await this.run({
      coordinates: hostFloat([time, codes * levels.length], coordinates),
      ...this.cache.feeds(time),
    })
    this.cache.append(out, time)
    const logs = out['logMagnitudes']!.data as Float32Array
    const samples = new Float32Array(time * patch * HOP)
    const magnitudes = new Float32Array(MAGNITUDE_BINS)
    for (let f = 0; f < time * patch; f++) {
      for (let b = 0; b < MAGNITUDE_BINS; b++)
        magnitudes[b] = Math.max(0, Math.exp(Math.min(logs[f * MAGNITUDE_BINS + b]!, 6)) - MAGNITUDE_FLOOR)
      samples.set(this.spsi.push(magnitudes), f * HOP)
    }
    return samples
  }
}
