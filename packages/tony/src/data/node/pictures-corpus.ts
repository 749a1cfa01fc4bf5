/** @file Writes and reads a corpus of pictures: `index.jsonl`, `pixels.rgb` and `manifest.json` in one folder. */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { TonyError } from '../../util/errors.ts'
import { pictureBytes } from '../shapes.ts'
import type { Manifest, PictureRow } from '../types.ts'

/** A row with its pixels, before it has a place in the file. */
export interface NewPicture extends Omit<PictureRow, 'offset' | 'frames'> {
  readonly pixels: Uint8Array
}

/** Where a picture comes from, for the manifest. */
export interface PictureSource {
  readonly name: string
  readonly license: string
  readonly shipped: boolean
  readonly styles: readonly string[]
}

/** Writes a corpus; each file appears under its name only when it is complete. */
export function writePictures(
  folder: string,
  pictures: readonly NewPicture[],
  about: { readonly name: string; readonly command: string; readonly sources: readonly PictureSource[] },
): Manifest {
  mkdirSync(folder, { recursive: true })
  const pixelFile = join(folder, 'pixels.rgb')
  const file = openSync(`${pixelFile}.tmp`, 'w')
  const lines: string[] = []
  const counts: Record<string, number> = {
    pictures: pictures.length,
    things: new Set(pictures.map((picture) => picture.thing)).size,
  }
  const count = (key: string): void => {
    counts[key] = (counts[key] ?? 0) + 1
  }
  for (const [offset, { pixels, ...row }] of pictures.entries()) {
    writeSync(file, pixels)
    lines.push(JSON.stringify({ ...row, offset, frames: 1 } satisfies PictureRow))
    count(`split:${row.split}`)
    count(`style:${row.style}:${row.split}`)
    for (const lang of Object.keys(row.names)) count(`lang:${lang}`)
  }
  closeSync(file)
  const manifest: Manifest = {
    name: about.name,
    created: new Date().toISOString(),
    command: about.command,
    sources: about.sources.map(({ name, license, shipped, styles }) => ({
      name,
      license,
      shipped,
      items: pictures.filter((picture) => styles.includes(picture.style)).length,
    })),
    counts,
  }
  writeFileSync(join(folder, 'index.jsonl.tmp'), `${lines.join('\n')}\n`)
  writeFileSync(join(folder, 'manifest.json.tmp'), `${JSON.stringify(manifest, undefined, 2)}\n`)
  renameSync(`${pixelFile}.tmp`, pixelFile)
  renameSync(join(folder, 'index.jsonl.tmp'), join(folder, 'index.jsonl'))
  renameSync(join(folder, 'manifest.json.tmp'), join(folder, 'manifest.json'))
  return manifest
}

/** The index of a corpus, and its pixels in memory. */
export interface PictureCorpus {
  readonly rows: readonly PictureRow[]
  /** The pixels of one frame of a row. */
  pixels(row: PictureRow, frame?: number): Uint8Array
}

/** Reads a corpus that `writePictures` wrote. */
export function readPictures(folder: string): PictureCorpus {
  const index = join(folder, 'index.jsonl')
  if (!existsSync(index))
    throw new TonyError('not_found', `pictures: no corpus in '${folder}'; build it with recipes/build-pictures.ts`)
  const rows = readFileSync(index, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as PictureRow) // written by writePictures
  const path = join(folder, 'pixels.rgb')
  const data = new Uint8Array(statSync(path).size)
  const file = openSync(path, 'r')
  for (let at = 0; at < data.length; ) at += readSync(file, data, at, Math.min(1 << 26, data.length - at), at)
  closeSync(file)
  const last = rows.reduce((end, row) => Math.max(end, row.offset + row.frames), 0)
  if (last * pictureBytes !== data.length)
    throw new TonyError(
      'invalid',
      `pictures: '${path}' has ${data.length} bytes (expected ${last * pictureBytes}); build the corpus anew`,
    )
  return {
    rows,
    pixels: (row, frame = 0) =>
      data.subarray((row.offset + frame) * pictureBytes, (row.offset + frame + 1) * pictureBytes),
  }
}
