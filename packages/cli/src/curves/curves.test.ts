import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readCurves } from './log.ts'
import { drawCurves } from './svg.ts'
import { writeCurves } from './write.ts'

let run = ''
beforeEach(async () => {
  run = await mkdtemp(join(tmpdir(), 'tony-curves-'))
})
afterEach(() => rm(run, { recursive: true }))

const record = (step: number, loss: number | null, metrics = {}): string =>
  JSON.stringify({ step, loss, metrics, rate: 0.1 })
const writeLog = (...lines: string[]): Promise<void> => writeFile(join(run, 'log.jsonl'), lines.join('\n'))

describe('readCurves', () => {
  it('lets a resumed run replace the steps it repeats', async () => {
    await writeLog(record(10, 5), record(20, 4), record(30, 3), record(20, 4.5), record(30, 3.5))
    const [loss] = await readCurves(join(run, 'log.jsonl'))
    expect(loss).toEqual({ name: 'loss', steps: [10, 20, 30], values: [5, 4.5, 3.5] })
  })

  it('leaves out broken lines and values that are no numbers', async () => {
    await writeLog(record(10, 5, { text: 2 }), '{"step":20,"lo', '[]', 'null', record(30, null, { audio: 3 }))
    const curves = await readCurves(join(run, 'log.jsonl'))
    expect(curves.map(({ name, steps }) => [name, steps])).toEqual([
      ['loss', [10]],
      ['text', [10]],
      ['audio', [30]],
      ['learning rate', [10, 30]],
    ])
  })
})

describe('drawCurves', () => {
  it('draws flat, single and long curves with finite coordinates', () => {
    const steps = Array.from({ length: 5000 }, (_, i) => i)
    const svg = drawCurves('a <b> & "c"', [
      { name: 'flat', steps: [1, 2], values: [0, 0] },
      { name: 'single', steps: [7], values: [3] },
      { name: 'long', steps, values: steps.map((i) => 1000 / (i + 1)) },
    ])
    expect(svg).not.toMatch(/NaN|Infinity|<b>/)
    expect(svg).toContain('(log scale)')
    expect(svg.length).toBeLessThan(30_000)
  })
})

describe('writeCurves', () => {
  it('writes a page and a picture', async () => {
    await writeLog(record(1, 2), record(2, 1))
    const files = await writeCurves(run)
    expect(await readFile(files!.html, 'utf8')).toMatch(/^<!doctype html>.*<svg /s)
    const { format, width } = await sharp(files!.png).metadata()
    expect(format).toBe('png')
    expect(width).toBe(1760)
  })

  it('writes nothing for an empty log', async () => {
    await writeLog('')
    expect(await writeCurves(run)).toBeUndefined()
  })
})
