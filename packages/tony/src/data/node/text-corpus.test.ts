import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readText, textSplit, writeText } from './text-corpus.ts'
import { joinTagged, pieces, plainText, type RawDocument } from './text-corpus-sources.ts'

describe('joinTagged', () => {
  it('gives readable text', () => {
    expect(
      joinTagged("\tThe/at jury/nn said/vbd ``/`` no/at evidence/nn ''/'' took/vbd place/nn ,/, and/or/cc so/rb ./."),
    ).toBe('The jury said “no evidence” took place, and/or so.')
  })
})

describe('pieces', () => {
  it('joins short paragraphs and cuts long ones after a sentence', () => {
    const long = `${'a'.repeat(30)} b. `.repeat(120).trim()
    const result = pieces(['first paragraph of the text', 'second', '', long])
    expect(result[0]).toBe('first paragraph of the text\nsecond')
    expect(result.length).toBe(4)
    expect(result.every((piece) => piece.length <= 2000)).toBe(true)
    expect(result[1]?.endsWith('b.')).toBe(true)
    expect(pieces(['x'])).toEqual([])
  })
})

describe('plainText', () => {
  it('drops tags, notes and entities', () => {
    expect(plainText('<h1>Title</h1><p>a &amp; b<note>not this</note> c</p>')).toBe('Title\na & b c')
  })
})

describe('writeText', () => {
  it('keeps translations together, writes a text once, and sets unshipped sources apart', () => {
    const out = mkdtempSync(join(tmpdir(), 'tony-text-'))
    try {
      const rights: RawDocument[] = Array.from({ length: 200 }, (_, i) =>
        ['en', 'fr'].map((lang) => ({ key: `k${i}`, lang, text: `a document with number ${i} in ${lang}` })),
      ).flat()
      const sources = [
        { name: 'free', license: 'CC0-1.0', shipped: true, read: () => rights },
        {
          name: 'unclear',
          license: 'none stated',
          shipped: false,
          read: () => [...rights, { key: 'x', lang: 'de', text: 'noch ein ganz anderes Dokument' }],
        },
      ]
      const manifest = writeText(out, {
        sources,
        places: { modules: '', debRoot: '', cache: '' },
        command: 'test',
        report: () => undefined,
      })
      expect(manifest.sources.map(({ items, shipped }) => [items, shipped])).toEqual([
        [400, true],
        [1, false],
      ])
      const [train, heldOut] = [readText(out, 'train'), readText(out, 'held-out')]
      expect(train.length + heldOut.length).toBe(400)
      expect(heldOut.length).toBeGreaterThan(0)
      const number = (text: string): string => /\d+/.exec(text)?.[0] ?? ''
      const seen = new Set(train.map((document) => number(document.text)))
      expect(heldOut.filter((document) => seen.has(number(document.text)))).toEqual([])
      expect(readText(out, textSplit('unclear', 'x'), { unshipped: true })).toEqual([
        { text: 'noch ein ganz anderes Dokument', lang: 'de', source: 'unclear' },
      ])
      expect(JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'))).toEqual(manifest)
      expect(() => readText(join(out, 'none'), 'train')).toThrow(/build-text/)
    } finally {
      rmSync(out, { recursive: true })
    }
  })
})
