/** @file What the image tokenizer loses: `bench/codec`'s part on pictures. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readPictures } from '../packages/tony/src/data/node/pictures-corpus.ts'
import { fromPatches } from '../packages/tony/src/generate/picture.ts'
import { compileProgram } from '../packages/tony/src/generate/program.ts'
import { contactSheet } from '../packages/tony/src/media/image/contact-sheet.ts'
import { encodePng } from '../packages/tony/src/media/node/image.ts'
import type { RgbImage } from '../packages/tony/src/media/types.ts'
import { imageDecoder, imageEncoder } from '../packages/tony/src/models/image-tokenizer.ts'
import { pixelPatches } from '../packages/tony/src/models/omni/windows.ts'
import { fsqCodeCoordinates } from '../packages/tony/src/nn/fsq.ts'
import { nodeFiles } from '../packages/tony/src/runtime/node/files.ts'
import { nodeRuntime } from '../packages/tony/src/runtime/node/index.ts'
import { hostFloat } from '../packages/tony/src/tensor/host.ts'
import { TonyError } from '../packages/tony/src/util/errors.ts'
import { openImageTokenizer } from '../recipes/coders.ts'

const SIDE = 64
const PATCH = 8
const COLUMNS = 16
const BLANK: RgbImage = { width: SIDE, height: SIDE, data: new Uint8Array(SIDE * SIDE * 3).fill(255) }

export interface ImageReport {
  /** Mean over pictures, in decibels, from all codes and from the coarse ones. */
  readonly splits: readonly { split: string; pictures: number; psnr: number; coarse: number }[]
  readonly bits: number
  readonly coarseBits: number
  /** Positions (codes) a second. */
  readonly encode: number
  readonly decode: number
}

/** Measures a published image tokenizer, or the one of a run, on all held-out pictures and writes a sheet; throws TonyError where one is missing. */
export async function imageReport({
  path,
  data,
  sheet,
}: {
  path: string
  data: string
  sheet: string
}): Promise<ImageReport> {
  if (!existsSync(path))
    throw new TonyError('not_found', `there is no ${path}; train one with recipes/image-tokenizer.ts`)
  const { params, config } = openImageTokenizer(path)
  const encoder = await compileProgram(nodeRuntime, { name: 'image-encoder', params }, (p) => ({
    codes: imageEncoder(p, config, 1),
  }))
  const decoder = await compileProgram(nodeRuntime, { name: 'image-decoder', params }, (p) => ({
    patches: imageDecoder(p, config),
  }))
  const positions = config.coarse + config.fine
  const dims = config.levels.length
  const encode = async (image: RgbImage): Promise<Int32Array> => {
    const patches = new Float32Array(config.fine * PATCH * PATCH * 3)
    for (const [i, patch] of pixelPatches(image).entries()) patches.set(patch, i * patch.length)
    const out = await encoder.run({ patches: hostFloat([config.fine, PATCH * PATCH * 3], patches) })
    return out['codes']!.data as Int32Array
  }
  /** The picture of the first `kept` codes; others are coordinates 0, as in training. */
  const decode = async (codes: Int32Array, kept: number): Promise<RgbImage> => {
    const coordinates = new Float32Array(positions * dims)
    for (let i = 0; i < kept; i++) coordinates.set(fsqCodeCoordinates(codes[i]!, config.levels), i * dims)
    const out = await decoder.run({ coordinates: hostFloat([positions, dims], coordinates) })
    return fromPatches(out['patches']!.data as Float32Array)
  }

  const corpus = readPictures(join(data, 'pictures'))
  const splits: { split: string; pictures: number; psnr: number; coarse: number }[] = []
  const shown: RgbImage[] = []
  const time = { encode: 0, decode: 0 }
  const timed = async <T>(key: keyof typeof time, run: Promise<T>): Promise<T> => {
    const start = performance.now()
    const out = await run
    time[key] += (performance.now() - start) / 1000
    return out
  }
  for (const split of ['held-out', 'unseen-style'] as const) {
    const rows = corpus.rows.filter((row) => row.split === split)
    const sum = { all: 0, coarse: 0 }
    // Spread evenly over the corpus.
    const every = Math.max(1, Math.floor(rows.length / COLUMNS))
    const bands: RgbImage[][] = [[], [], []]
    for (const [i, row] of rows.entries()) {
      const image: RgbImage = { width: SIDE, height: SIDE, data: corpus.pixels(row) }
      const codes = await timed('encode', encode(image))
      const all = await timed('decode', decode(codes, positions))
      const coarse = await decode(codes, config.coarse)
      sum.all += psnr(image, all)
      sum.coarse += psnr(image, coarse)
      if (i % every === 0 && bands[0]!.length < COLUMNS)
        for (const [band, picture] of [image, all, coarse].entries()) bands[band]!.push(picture)
    }
    splits.push({
      split,
      pictures: rows.length,
      psnr: sum.all / Math.max(1, rows.length),
      coarse: sum.coarse / Math.max(1, rows.length),
    })
    for (const band of bands) shown.push(...band, ...new Array<RgbImage>(COLUMNS - band.length).fill(BLANK))
  }
  await nodeFiles.write(sheet, await encodePng(contactSheet(shown, { columns: COLUMNS })))
  await encoder.dispose()
  await decoder.dispose()
  const pictures = splits.reduce((total, each) => total + each.pictures, 0)
  const codeBits = Math.log2(config.levels.reduce((product, level) => product * level, 1))
  return {
    splits,
    bits: positions * codeBits,
    coarseBits: config.coarse * codeBits,
    encode: (pictures * positions) / time.encode,
    decode: (pictures * positions) / time.decode,
  }
}

/** Peak signal-to-noise ratio of 8-bit pictures in decibels, at most 60 (equal ones have no noise). */
function psnr(a: RgbImage, b: RgbImage): number {
  let squared = 0
  for (let i = 0; i < a.data.length; i++) squared += (a.data[i]! - b.data[i]!) ** 2
  return Math.min(60, 10 * Math.log10((255 * 255 * a.data.length) / squared))
}
