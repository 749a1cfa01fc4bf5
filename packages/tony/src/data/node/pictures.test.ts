import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeRng } from '../../util/rng.ts'
import { drawShape, pictureBytes, randomShape, shapeColours, shapeNames } from '../shapes.ts'
import { cleanName, emojiKey, textHash, unseenStyles } from './pictures.ts'
import { findClipArt, thingOfFile } from './pictures-clipart.ts'
import { readPictures, writePictures } from './pictures-corpus.ts'
import { decodePicture } from './pictures-decode.ts'
import { type CheckedPicture, findLeaks, mirrorThumbnail, thumbnail } from './pictures-leaks.ts'
import { shapeThingNames } from './pictures-names.ts'
import { nameLanguages, things } from './pictures-things.ts'
import { isHeldOutWord, renderFonts } from './rendered-text.ts'
import { commonWords } from './rendered-text-words.ts'

const circle = (x: number, radius = 14): Uint8Array =>
  drawShape('circle', { x, y: 32, radius, turn: 0, colour: [200, 30, 30], background: [255, 255, 255] })

describe('the table of things', () => {
  it('names each thing and each emoji once, in one to three words', () => {
    const names = things.map((thing) => thing.name)
    const emoji = things.flatMap((thing) => thing.emoji.map(emojiKey))
    expect(new Set(names).size).toBe(names.length)
    expect(new Set(emoji).size).toBe(emoji.length)
    expect(names.filter((name) => !/^[a-z-]+( [a-z-]+){0,2}$/.test(name))).toEqual([])
    expect(names.length).toBeGreaterThan(500)
  })

  it('gives all six languages where it replaces names', () => {
    for (const thing of things)
      expect([0, nameLanguages.length]).toContain(Object.values(thing.names).filter((name) => name !== '').length)
  })
})

describe('findLeaks', () => {
  const of = (id: string, split: CheckedPicture['split'], pixels: Uint8Array, thing = 'dot'): CheckedPicture => ({
    id,
    thing,
    split,
    pixels,
  })

  it('finds the same, the nearly same and the mirrored picture outside training', () => {
    const nearly = circle(20).map((value, i) => Math.max(0, value - (i % 4)))
    const pictures = [
      of('a', 'train', circle(20)),
      of('same', 'held-out', circle(20)),
      of('near', 'unseen-style', nearly),
      of('mirror', 'held-out', circle(44)),
      of('other', 'held-out', circle(32, 25)),
    ]
    expect(findLeaks(pictures).map((leak) => [leak.id, leak.trainId])).toEqual([
      ['same', 'a'],
      ['near', 'a'],
      ['mirror', 'a'],
    ])
  })

  it('says nothing about repetitions within training, and can keep things apart', () => {
    expect(findLeaks([of('a', 'train', circle(20)), of('b', 'train', circle(20))])).toEqual([])
    const near = circle(20).map((value) => Math.max(0, value - 1))
    expect(
      findLeaks([of('a', 'train', circle(20), 'sun'), of('b', 'held-out', near, 'son')], { sameThing: true }),
    ).toEqual([])
  })

  it('mirrors thumbnails', () => {
    expect(mirrorThumbnail(thumbnail(circle(20)))).toEqual(thumbnail(circle(44)))
  })
})

describe('thingOfFile', () => {
  const byName = new Map(
    things.flatMap((thing) => [thing.name, ...thing.aliases].map((name) => [name, thing] as const)),
  )
  it.each([
    ['banana_mateya_01.png', 'banana'],
    ['hot_dog_juliane_krug_r.png', 'hot dog'],
    ['rabbit-2.png', 'rabbit'],
    ['a_simple_pig_01.png', 'pig'],
    ['dog_on_leash_gerald_g._02.png', undefined],
    ['lemon_half_slice_ganson.png', undefined],
    ['spider_computer.png', undefined],
    ['xanthia.png', undefined],
  ])('takes %s for %s', (file, thing) => {
    expect(thingOfFile(file, byName)?.name).toBe(thing)
  })

  it('leaves out folders of icons and files known to mislead', () => {
    const found = findClipArt('/r', ['/r/food/lemon.png', '/r/computer/lemon.png', '/r/food/pear.png'], {
      things,
      skip: new Set(['pear.png']),
    })
    expect(found.map(({ path, thing }) => [path, thing.name])).toEqual([['/r/food/lemon.png', 'lemon']])
  })
})

describe('names', () => {
  it('makes adjectives agree', () => {
    expect(shapeThingNames('red', 'circle')).toEqual({
      en: 'red circle',
      fr: 'cercle rouge',
      es: 'círculo rojo',
      de: 'roter Kreis',
      it: 'cerchio rosso',
      ru: 'красный круг',
      sw: 'duara nyekundu',
    })
    expect(shapeThingNames('black', 'star')).toMatchObject({
      fr: 'étoile noire',
      es: 'estrella negra',
      de: 'schwarzer Stern',
      it: 'stella nera',
      ru: 'чёрная звезда',
    })
    expect(shapeThingNames('pink', 'diamond')['de']).toBe('rosa Raute')
  })

  it('covers all shapes and colours in all languages', () => {
    for (const shape of shapeNames) {
      for (const colour of Object.keys(shapeColours))
        expect(Object.keys(shapeThingNames(colour, shape))).toHaveLength(7)
    }
  })

  it('cleans CLDR names and keys emoji without variation selectors', () => {
    expect(cleanName('chien «debout» (animal)')).toBe('chien debout')
    expect(emojiKey('❤️')).toBe('2764')
    expect(emojiKey('🐈‍⬛')).toBe('1f408-200d-2b1b')
  })
})

describe('decodePicture', () => {
  it('cuts to the contents, letterboxes on white and gives 64×64 RGB', async () => {
    const svg = Buffer.from(
      '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="300"><rect x="100" y="140" width="100" height="20" fill="#00f"/></svg>',
    )
    const pixels = await decodePicture(svg)
    expect(pixels).toHaveLength(pictureBytes)
    const at = (x: number, y: number): number[] => [...(pixels ?? []).slice((y * 64 + x) * 3, (y * 64 + x) * 3 + 3)]
    expect(at(32, 32)).toEqual([0, 0, 255])
    expect(at(6, 32)).toEqual([0, 0, 255])
    expect([at(32, 10), at(0, 0)]).toEqual([
      [255, 255, 255],
      [255, 255, 255],
    ])
  })

  it('gives nothing for an empty picture', async () => {
    expect(
      await decodePicture(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="30" height="30"/>')),
    ).toBeUndefined()
  })
})

describe('the corpus on disk', () => {
  it('comes back as it was written and notices a short file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tony-pictures-'))
    try {
      const pictures = (['train', 'held-out'] as const).map((split, i) => ({
        id: `p${i}`,
        thing: 'red circle',
        names: { en: 'red circle' },
        style: 'shape',
        split,
        license: 'Apache-2.0',
        pixels: randomShape(makeRng(i), 'circle', 'red'),
      }))
      const manifest = writePictures(folder, pictures, {
        name: 'test',
        command: 'test',
        sources: [{ name: 'shapes', license: 'Apache-2.0', shipped: true, styles: ['shape'] }],
      })
      expect(manifest.counts).toMatchObject({
        pictures: 2,
        things: 1,
        'split:train': 1,
        'style:shape:held-out': 1,
        'lang:en': 2,
      })
      expect(manifest.sources[0]?.items).toBe(2)
      const corpus = readPictures(folder)
      expect(corpus.rows.map((row) => [row.id, row.offset, row.frames])).toEqual([
        ['p0', 0, 1],
        ['p1', 1, 1],
      ])
      for (const [i, row] of corpus.rows.entries())
        expect(Buffer.compare(corpus.pixels(row), pictures[i]!.pixels)).toBe(0)
      writeFileSync(join(folder, 'pixels.rgb'), new Uint8Array(5))
      expect(() => readPictures(folder)).toThrow(/build the corpus anew/)
      expect(() => readPictures(join(folder, 'none'))).toThrow(/build-pictures/)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('written words', () => {
  it('fit, come once, and keep one family and a tenth of the words out of training', () => {
    expect(commonWords.length).toBeGreaterThan(600)
    expect(new Set(commonWords).size).toBe(commonWords.length)
    expect(renderFonts.filter((font) => font.unseen === true)).toHaveLength(1)
    const share = commonWords.filter(isHeldOutWord).length / commonWords.length
    expect(share).toBeGreaterThan(0.05)
    expect(share).toBeLessThan(0.16)
    expect(textHash('a')).toBe(textHash('a'))
  })
})

// Only where somebody has built the corpora.
for (const [name, options] of [
  ['pictures', {}],
  ['rendered-text', { sameThing: true, threshold: 6 }],
] as const) {
  const folder = join(import.meta.dirname, '../../../../../runs/data', name)
  describe.skipIf(!existsSync(join(folder, 'index.jsonl')))(`the built corpus ${name}`, () => {
    it('has no picture of held-out or unseen styles in training', { timeout: 60_000 }, () => {
      const corpus = readPictures(folder)
      const checked = corpus.rows.map((row) => ({
        id: row.id,
        thing: row.thing,
        split: row.split,
        pixels: corpus.pixels(row),
      }))
      expect(findLeaks(checked, options)).toEqual([])
      expect(corpus.rows.filter((row) => unseenStyles.has(row.style) && row.split !== 'unseen-style')).toEqual([])
      const train = new Set(corpus.rows.filter((row) => row.split === 'train').map((row) => row.style))
      expect(corpus.rows.filter((row) => row.split === 'unseen-style' && train.has(row.style))).toEqual([])
    })
  })
}
