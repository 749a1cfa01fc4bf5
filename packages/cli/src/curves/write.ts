/** @file Writes the curves of a run as a page and as a picture. */
import { basename, join, resolve } from 'node:path'
import sharp from 'sharp'
import { nodeFiles } from 'tony/files/node'
import { htmlPage } from '../ui/html.ts'
import { readCurves } from './log.ts'
import { drawCurves } from './svg.ts'

/** Draws `log.jsonl` of a run folder into `curves.html` and `curves.png`; nothing where the log has no step. */
export async function writeCurves(run: string): Promise<{ html: string; png: string } | undefined> {
  const curves = await readCurves(join(run, 'log.jsonl'))
  if (curves.length === 0) return undefined
  const title = basename(resolve(run))
  const svg = drawCurves(title, curves)
  const html = join(run, 'curves.html')
  const png = join(run, 'curves.png')
  await nodeFiles.write(html, new TextEncoder().encode(htmlPage({ title, style: STYLE, body: svg })))
  // A picture has no page behind it: black on white. Twice as large where it is not tall: beyond some 4,000 lines librsvg
  // draws the whole once more for each strip, and 6,000 took 38 s.
  const drawn = svg
    .replace('<svg ', '<svg color="#222" ')
    .replace(/ width="(\d+)" height="(\d+)"/, (_, width, height) => {
      const scale = Math.min(2, 4000 / Number(height))
      return ` width="${Math.round(scale * Number(width))}" height="${Math.round(scale * Number(height))}"`
    })
  await nodeFiles.write(png, await sharp(Buffer.from(drawn)).flatten({ background: '#fff' }).png().toBuffer())
  return { html, png }
}

const STYLE = `:root { color-scheme: light dark }
body { margin: 1rem }
svg { width: 100%; max-width: 80rem; height: auto; display: block; margin: auto }`
