/** @file Codes of what the omni model says and draws, made by the trained tokenizers. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { PHONES } from '../packages/tony/src/data/node/synth-phones.ts'
import type { PictureRow, SpeechRow } from '../packages/tony/src/data/types.ts'
import { AudioCodec } from '../packages/tony/src/generate/codec.ts'
import { compileProgram } from '../packages/tony/src/generate/program.ts'
import { codecDefaults } from '../packages/tony/src/models/codec.ts'
import { imageEncoder, imageTokenizerDefaults } from '../packages/tony/src/models/image-tokenizer.ts'
import { unpackWeights } from '../packages/tony/src/models/omni/files.ts'
import type { SpokenAnswer } from '../packages/tony/src/models/omni/sequence.ts'
import { PATCH_SECONDS, pixelPatches } from '../packages/tony/src/models/omni/windows.ts'
import type { ParamValues } from '../packages/tony/src/nn/params.ts'
import { nodeRuntime } from '../packages/tony/src/runtime/node/index.ts'
import { hostFloat } from '../packages/tony/src/tensor/host.ts'
import { decodeCheckpoint } from '../packages/tony/src/train/checkpoint.ts'

/** Silence kept around the words of an answer, in seconds. */
const LEAD = 0.04
const TAIL = 0.1

/** The first `count` codes of answers, cut to where the words are; kept in a file beside the run, because they cost minutes. */
export async function encodeAnswers(
  rows: readonly SpeechRow[],
  {
    path,
    codec,
    count,
    samples,
  }: { path: string; codec: string; count: number; samples: (row: SpeechRow) => Float32Array },
): Promise<Map<SpeechRow, SpokenAnswer>> {
  // Codes of another codec are of no use.
  const key = `${codec} ${statSync(codec).mtimeMs} ${count}`
  const stored = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as StoredCodes) : undefined
  const known = stored?.key === key ? stored.codes : {}
  const coder = await AudioCodec.load(nodeRuntime, { config: codecDefaults, params: weights(codec) })
  const out = new Map<SpeechRow, SpokenAnswer>()
  let made = 0
  for (const row of rows) {
    const from = Math.max(0, row.words[0]!.start - LEAD)
    const to = Math.min(row.length / 16_000, row.words.at(-1)!.end + TAIL)
    let codes = known[row.id]
    if (codes === undefined) {
      const rowsOfCodes = await coder.encode(samples(row).subarray(Math.round(from * 16_000), Math.round(to * 16_000)))
      codes = rowsOfCodes.map((r) => [...r.slice(0, count)])
      known[row.id] = codes
      made++
    }
    const words = row.words.map(({ text, start, end }) => ({ text, start: start - from, end: end - from }))
    const kept = codes.slice(0, Math.ceil((to - from) / PATCH_SECONDS))
    const phones = kept.map((_, i) => {
      const [start, end] = [from + i * PATCH_SECONDS, from + (i + 1) * PATCH_SECONDS]
      const sounding = (row.phones ?? []).filter((phone) => phone.start < end - 0.005 && phone.end > start + 0.005)
      return [...new Set(sounding.map(({ text }) => PHONES.indexOf(text)))]
    })
    out.set(row, { words, codes: kept, phones })
  }
  if (made > 0) writeFileSync(path, JSON.stringify({ key, codes: known } satisfies StoredCodes))
  return out
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
  const encoder = await compileProgram(nodeRuntime, { name: 'image-encoder', params: weights(image) }, (p) => ({
    codes: imageEncoder(p, imageTokenizerDefaults, batch),
  }))
  const { coarse, fine } = imageTokenizerDefaults
  const out = new Map<PictureRow, Int32Array>()
  for (let i = 0; i < rows.length; i += batch) {
    const patches = new Float32Array(batch * fine * 192)
    const some = rows.slice(i, i + batch)
    some.forEach((row, k) => {
      pixelPatches({ width: 64, height: 64, data: pixels(row) }).forEach((patch, at) =>
        patches.set(patch, (k * fine + at) * 192),
      )
    })
    const { codes } = await encoder.run({ patches: hostFloat([batch * fine, 192], patches) })
    const total = coarse + fine
    some.forEach((row, k) =>
      out.set(row, Int32Array.from(codes!.data as Int32Array).subarray(k * total, (k + 1) * total)),
    )
  }
  return out
}

/** Weights of a tokenizer: of a training checkpoint, or of one that was published (`models/…`). */
function weights(path: string): ParamValues {
  const bytes = readFileSync(path)
  return path.endsWith('checkpoint.safetensors')
    ? decodeCheckpoint(bytes, path).state.params
    : unpackWeights(bytes, path).params
}
