/** @file Picture codes to pictures. */
import type { RgbImage } from '../media/types.ts'
import { type ImageTokenizerConfig, imageDecoder } from '../models/image-tokenizer.ts'
import { fsqCodeCoordinates } from '../nn/fsq.ts'
import type { Runtime, Session } from '../runtime/types.ts'
import { hostTensor } from '../tensor/host.ts'
import { type CompileOptions, compileProgram } from './program.ts'

/** The decoder of the image tokenizer, loaded. */
export class Painter {
  readonly config: ImageTokenizerConfig
  private readonly session: Session
  private constructor(config: ImageTokenizerConfig, session: Session) {
    this.config = config
    this.session = session
  }

  static async load(
    runtime: Runtime,
    { config, ...options }: { config: ImageTokenizerConfig } & Omit<CompileOptions, 'name'>,
  ): Promise<Painter> {
    const compile = { name: 'image-decoder', ...options }
    return new Painter(config, await compileProgram(runtime, compile, (p) => ({ patches: imageDecoder(p, config) })))
  }

  /** The picture of the first codes of the coarse, then the fine grid. */
  async paint(codes: readonly number[]): Promise<RgbImage> {
    const { coarse, fine, levels } = this.config
    const coordinates = new Float32Array((coarse + fine) * levels.length)
    codes.forEach((code, i) => {
      coordinates.set(fsqCodeCoordinates(code, levels), i * levels.length)
    })
    const feeds = { coordinates: hostTensor('float32', [coarse + fine, levels.length], coordinates) }
    return fromPatches((await this.session.run(feeds))['patches']!.data as Float32Array)
  }

  dispose(): Promise<void> {
    return this.session.dispose()
  }
}

/** A 64×64 picture from 64 rows of 192 values in [-1, 1]. */
export function fromPatches(patches: Float32Array): RgbImage {
  const data = new Uint8Array(64 * 64 * 3)
  for (let p = 0; p < 64; p++) {
    for (let row = 0; row < 8; row++) {
      const to = (((p >> 3) * 8 + row) * 64 + (p & 7) * 8) * 3
      for (let i = 0; i < 24; i++)
        data[to + i] = Math.max(0, Math.min(255, Math.round((patches[p * 192 + row * 24 + i]! + 1) * 127.5)))
    }
  }
  return { width: 64, height: 64, data }
}
