/** @file Codes of what the omni model says and draws, made by the trained tokenizers. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { PHONES } from '../packages/tony/src/data/node/synth-phones.ts'
import type { PictureRow, SpeechRow } from '../packages/tony/src/data/types.ts'
import { AudioCodec } from '../packages/tony/src/generate/codec.ts'
import { compileProgram } from '../packages/tony/src/generate/program.ts'
import type { RgbImage } from '../packages/tony/src/media/types.ts'
import { type ImageTokenizerConfig, imageEncoder } from '../packages/tony/src/models/image-tokenizer.ts'
import type { SpokenAnswer } from '../packages/tony/src/models/omni/sequence.ts'
import { PATCH_SECONDS, pixelPatches } from '../packages/tony/src/models/omni/windows.ts'
import { nodeRuntime } from '../packages/tony/src/runtime/node/index.ts'
import { hostFloat } from '../packages/tony/src/tensor/host.ts'
import { type Coder, openCodec, openImageTokenizer } from './coders.ts'

/** Silence kept around the words of an answer, in seconds. */
const LEAD = 0.04
const TAIL = 0.1

/** A stretch of a recording, in seconds. */
interface Stretch {
  readonly from: number
  readonly to: number
}

/** What is kept of a recording of `length` samples at 16 kHz that is spoken between `start` and `end` (in seconds). */
export function aroundSpeech({ start, end }: { start: number; end: number }, length: number): Stretch {
  return { from: Math.max(0, start - LEAD), to: Math.min(length / 16_000, end + TAIL) }
}

/** Frames of the codec in a stretch. */
export function framesIn({ from, to }: Stretch): number {
  return Math.ceil((to - from) / PATCH_SECONDS)
}

/** The first `count` codes of each frame of a stretch of `samples` at 16 kHz; the last frame may be padding. */
export async function codesOf(
  coder: AudioCodec,
  samples: Float32Array,
  { from, to, count }: Stretch & { readonly count: number },
): Promise<number[][]> {
  const rows = await coder.encode(samples.subarray(Math.round(from * 16_000), Math.round(to * 16_000)))
  return rows.map((row) => [...row.slice(0, count)])
}

/** What the speaking voice has said, by its texts; as text until it is asked for, because so many arrays would busy the garbage collector. */
export class SpokenAnswers {
  readonly #kept = new Map<string, string>()

  add(text: string, answer: SpokenAnswer): void {
    this.#kept.set(text, JSON.stringify(answer))
  }

  get texts(): string[] {
    return [...this.#kept.keys()]
  }

  has(text: string): boolean {
    return this.#kept.has(text)
  }

  get(text: string): SpokenAnswer | undefined {
    const kept = this.#kept.get(text)
    return kept === undefined ? undefined : (JSON.parse(kept) as SpokenAnswer)
  }
}

/** The first `count` codes of answers, those that have words, cut to where these are; kept in a file beside the run, because they cost minutes. */
export async function encodeAnswers(
  rows: readonly SpeechRow[],
  {
    path,
    codec,
    count,
    samples,
    into: out = new SpokenAnswers(),
  }: {
    path: string
    codec: string
    count: number
    samples: (row: SpeechRow) => Float32Array
    /** What they are added to. */
    into?: SpokenAnswers
  },
): Promise<SpokenAnswers> {
  const opened = openCodec(codec)
  const key = `${encoderHash(opened)} ${count}`
  const stored = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as StoredCodes) : undefined
  const known = stored?.key === key ? stored.codes : {}
  let coder: AudioCodec | undefined
  for (const row of rows) {
    // Rows keep these as text: each is parsed once.
    const { words: timed, phones: spans = [] } = row
    if (timed.length === 0) continue
    const stretch = aroundSpeech({ start: timed[0]!.start, end: timed.at(-1)!.end }, row.length)
    const { from } = stretch
    // A corpus that was built anew may say something else under the same id.
    const clip = `${row.id} ${row.text}`
    let codes = known[clip]
    if (codes === undefined) {
      coder ??= await AudioCodec.load(nodeRuntime, opened)
      codes = await codesOf(coder, samples(row), { ...stretch, count })
      known[clip] = codes
    }
    const words = timed.map(({ text, start, end }) => ({ text, start: start - from, end: end - from }))
    const kept = codes.slice(0, framesIn(stretch))
    const phones = kept.map((_, i) => {
      const [start, end] = [from + i * PATCH_SECONDS, from + (i + 1) * PATCH_SECONDS]
      const sounding = spans.filter((phone) => phone.start < end - 0.005 && phone.end > start + 0.005)
      return [...new Set(sounding.map(({ text }) => PHONES.indexOf(text)))]
    })
    out.add(row.text, { words, codes: kept, phones })
  }
  if (coder !== undefined) writeFileSync(path, JSON.stringify({ key, codes: known } satisfies StoredCodes))
  return out
}

/** Codes of another encoder are of no use; those of one whose decoder learned on stay what they are. */
function encoderHash({ params }: Coder<unknown>): string {
  const hash = createHash('sha256')
  for (const [name, { data }] of Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1)))
    if (name.startsWith('encoder.')) hash.update(name).update(data)
  return hash.digest('hex')
}

interface StoredCodes {
  readonly key: string
  readonly codes: Record<string, number[][]>
}

/** The 80 codes of each picture. */
export async function encodePictures(
  rows: readonly PictureRow[],
  { image, pixels }: { image: string; pixels: (row: PictureRow) => Uint8Array },
): Promise<Map<PictureRow, Int32Array>> {
  const batch = 16
  const encode = await openPictureEncoder({ ...openImageTokenizer(image), batch })
  const out = new Map<PictureRow, Int32Array>()
  for (let i = 0; i < rows.length; i += batch) {
    const some = rows.slice(i, i + batch)
    const codes = await encode(some.map((row) => ({ width: 64, height: 64, data: pixels(row) })))
    some.forEach((row, k) => out.set(row, codes[k]!))
  }
  return out
}

/** What gives the codes of up to `batch` 64×64 pictures at once. */
export async function openPictureEncoder({
  config,
  params,
  batch,
}: Coder<ImageTokenizerConfig> & { readonly batch: number }): Promise<
  (pictures: readonly RgbImage[]) => Promise<Int32Array[]>
> {
  const program = await compileProgram(nodeRuntime, { name: 'image-encoder', params }, (p) => ({
    codes: imageEncoder(p, config, batch),
  }))
  const { coarse, fine } = config
  return async (pictures) => {
    const patches = new Float32Array(batch * fine * 192)
    pictures.forEach((picture, k) => {
      pixelPatches(picture).forEach((patch, at) => {
        patches.set(patch, (k * fine + at) * 192)
      })
    })
    const { codes } = await program.run({ patches: hostFloat([batch * fine, 192], patches) })
    const total = coarse + fine
    const all = codes!.data as Int32Array
    return pictures.map((_, k) => all.slice(k * total, (k + 1) * total))
  }
}
