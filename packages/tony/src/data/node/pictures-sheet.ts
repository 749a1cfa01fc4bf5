/** @file Contact sheets: all pictures of a style side by side, for people to look at. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { groupBy } from '../../util/group.ts'
import { pictureSize } from '../shapes.ts'
import { readPictures } from './pictures-corpus.ts'
import { loadSharp } from './pictures-decode.ts'

/** Draws pictures in rows of `columns`, each with its label below, and returns a PNG. */
export async function contactSheet(
  items: readonly { readonly label: string; readonly pixels: Uint8Array }[],
  columns = 20,
): Promise<Buffer> {
  const sharp = await loadSharp()
  const [width, height] = [pictureSize + 6, pictureSize + 14]
  const rows = Math.ceil(items.length / columns)
  const labels = items
    .map(
      ({ label }, i) =>
        `<text x="${(i % columns) * width + 3}" y="${Math.floor(i / columns) * height + pictureSize + 11}" font-size="9" font-family="DejaVu Sans">${label.slice(0, 15).replace(/[<&>]/g, '?')}</text>`,
    )
    .join('')
  const svg = Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${columns * width}" height="${rows * height}">${labels}</svg>`,
  )
  const pictures = items.map(({ pixels }, i) => ({
    input: Buffer.from(pixels),
    raw: { width: pictureSize, height: pictureSize, channels: 3 as const },
    left: (i % columns) * width + 3,
    top: Math.floor(i / columns) * height + 2,
  }))
  return sharp({ create: { width: columns * width, height: rows * height, channels: 3, background: '#dddddd' } })
    .composite([...pictures, { input: svg, left: 0, top: 0 }])
    .png()
    .toBuffer()
}

/** Writes `<style>-<n>.png` sheets of a corpus into a folder, 300 pictures each. */
export async function writeContactSheets(corpusFolder: string, folder: string, limit = 900): Promise<void> {
  const sharp = await loadSharp()
  mkdirSync(folder, { recursive: true })
  const corpus = readPictures(corpusFolder)
  for (const [style, rows] of groupBy(corpus.rows, (row) => row.style)) {
    for (let start = 0; start < Math.min(limit, rows.length); start += 300) {
      const items = rows.slice(start, start + 300).map((row) => ({ label: row.thing, pixels: corpus.pixels(row) }))
      await sharp(await contactSheet(items)).toFile(join(folder, `${style.replaceAll('/', '-')}-${start / 300}.png`))
    }
  }
}
