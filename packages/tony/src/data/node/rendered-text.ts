/** @file Pictures of written words: many fonts, sizes, colours and slight turns, to learn to read from. */
import { join } from 'node:path'
import type { Sharp } from 'sharp'
import { TonyError } from '../../util/errors.ts'
import { makeRng, type Rng } from '../../util/rng.ts'
import { pictureBytes, pictureSize, type Rgb } from '../shapes.ts'
import type { Manifest, Split } from '../types.ts'
import { textHash } from './pictures.ts'
import { type NewPicture, writePictures } from './pictures-corpus.ts'
import { loadSharp } from './pictures-decode.ts'
import { findLeaks, type Leak } from './pictures-leaks.ts'
import { filesUnder, installDeb, type Report } from './pictures-packages.ts'
import { commonWords, digitWords } from './rendered-text-words.ts'

/** A font and where it comes from. */
export interface RenderFont {
  readonly family: string
  /** Name of its file, without folders. */
  readonly file: string
  /** Pango's weight word, where it is not regular. */
  readonly weight?: 'Bold'
  readonly package: string
  readonly license: string
  /** Never in training. */
  readonly unseen?: boolean
}

/** The fonts; each is a style `font/<family>`. */
export const renderFonts: readonly RenderFont[] = [
  { family: 'Lato', file: 'Lato-Regular.ttf', package: 'fonts-lato', license: 'OFL-1.1' },
  { family: 'Open Sans', file: 'OpenSans-Bold.ttf', weight: 'Bold', package: 'fonts-open-sans', license: 'Apache-2.0' },
  { family: 'Liberation Serif', file: 'LiberationSerif-Regular.ttf', package: 'fonts-liberation2', license: 'OFL-1.1' },
  {
    family: 'Liberation Sans',
    file: 'LiberationSans-Bold.ttf',
    weight: 'Bold',
    package: 'fonts-liberation2',
    license: 'OFL-1.1',
  },
  {
    family: 'DejaVu Sans Mono',
    file: 'DejaVuSansMono-Bold.ttf',
    weight: 'Bold',
    package: 'fonts-dejavu-core',
    license: 'Bitstream-Vera',
  },
  { family: 'DejaVu Serif', file: 'DejaVuSerif.ttf', package: 'fonts-dejavu-core', license: 'Bitstream-Vera' },
  {
    family: 'Roboto',
    file: 'Roboto-Bold.ttf',
    weight: 'Bold',
    package: 'fonts-roboto-unhinted',
    license: 'Apache-2.0',
  },
  {
    family: 'Roboto Slab',
    file: 'RobotoSlab-Bold.otf',
    weight: 'Bold',
    package: 'fonts-roboto-slab',
    license: 'Apache-2.0',
  },
  { family: 'EB Garamond', file: 'EBGaramond12-Regular.otf', package: 'fonts-ebgaramond', license: 'OFL-1.1' },
  { family: 'Vollkorn', file: 'Vollkorn-Bold.ttf', weight: 'Bold', package: 'fonts-vollkorn', license: 'OFL-1.1' },
  { family: 'Quicksand', file: 'Quicksand-Bold.ttf', weight: 'Bold', package: 'fonts-quicksand', license: 'OFL-1.1' },
  { family: 'Inconsolata', file: 'Inconsolata.otf', package: 'fonts-inconsolata', license: 'OFL-1.0' },
  { family: 'Jura', file: 'Jura-Bold.otf', weight: 'Bold', package: 'fonts-jura', license: 'OFL-1.1' },
  {
    family: 'Yanone Kaffeesatz',
    file: 'YanoneKaffeesatz-Bold.otf',
    weight: 'Bold',
    package: 'fonts-yanone-kaffeesatz',
    license: 'OFL-1.1',
  },
  { family: 'Lobster Two', file: 'lobster.otf', weight: 'Bold', package: 'fonts-lobster', license: 'OFL-1.1' },
  {
    family: 'Comic Neue',
    file: 'ComicNeue-Bold.otf',
    weight: 'Bold',
    package: 'fonts-comic-neue',
    license: 'OFL-1.1',
    unseen: true,
  },
]

/** How a word is written. */
export interface WordLook {
  readonly font: RenderFont
  /** Folder in which the packages of the fonts are unpacked. */
  readonly root: string
  readonly colour: Rgb
  readonly background: Rgb
  /** Share of the largest size that fits, 0 to 1. */
  readonly size: number
  /** Degrees, clockwise. */
  readonly turn: number
  /** Place within the free room, -1 to 1 on both axes. */
  readonly x: number
  readonly y: number
}

const margin = 2

/** A word as 64×64 RGB, and the centres of its letters in pixels: x and y of each. */
export interface RenderedWord {
  readonly pixels: Uint8Array
  readonly letters: readonly number[]
}

/** Draws a word. */
export async function renderWord(word: string, look: WordLook): Promise<RenderedWord> {
  const sharp = await loadSharp()
  const { data: large, info: turned } = await (await written(word, look))
    .rotate(look.turn, { background: { r: 0, g: 0, b: 0, alpha: 0 } })
    .png()
    .toBuffer({ resolveWithObject: true })
  const room = pictureSize - 2 * margin
  const [width, height] = [room, Math.round(room * 0.6)].map((side) => Math.max(8, Math.round(side * look.size)))
  const { data, info } = await sharp(large)
    .resize(width, height, { fit: 'inside', kernel: 'lanczos3' })
    .extractChannel('alpha')
    .raw()
    .toBuffer({ resolveWithObject: true })
  const left = Math.round(margin + ((look.x + 1) / 2) * (room - info.width))
  const top = Math.round(margin + ((look.y + 1) / 2) * (room - info.height))
  const pixels = new Uint8Array(pictureBytes)
  for (let i = 0; i < pictureBytes; i++) pixels[i] = look.background[i % 3]!
  for (let y = 0; y < info.height; y++) {
    for (let x = 0; x < info.width; x++) {
      const share = data[(y * info.width + x) * info.channels]! / 255
      const at = ((top + y) * pictureSize + left + x) * 3
      for (let c = 0; c < 3; c++)
        pixels[at + c] = Math.round(look.colour[c]! * share + look.background[c]! * (1 - share))
    }
  }
  // The box that was turned has the size whose turned box is the one at hand.
  const [cos, sin] = [Math.cos((look.turn * Math.PI) / 180), Math.sin((look.turn * Math.PI) / 180)]
  const box = (turned.width * cos - turned.height * Math.abs(sin)) / (cos * cos - sin * sin)
  const scale = info.width / turned.width
  const letters = (await letterCentres(word, look)).flatMap((share) => {
    const along = (share - 0.5) * box * scale
    return [left + info.width / 2 + along * cos, top + info.height / 2 + along * sin]
  })
  return { pixels, letters: letters.map((value) => Math.round(value * 10) / 10) }
}

/** A text in its font, large, as it comes from Pango. */
async function written(text: string, { font, root }: Pick<WordLook, 'font' | 'root'>): Promise<Sharp> {
  const sharp = await loadSharp()
  const safe = text.replace(/[<&>]/g, (char) => (char === '<' ? '&lt;' : char === '>' ? '&gt;' : '&amp;'))
  return sharp({
    text: {
      text: `<span size="48pt">${safe}</span>`,
      fontfile: fontPath(root, font.file),
      font: `${font.family}${font.weight === undefined ? '' : ` ${font.weight}`}`,
      rgba: true,
      dpi: 96,
    },
  })
}

/** Where the middle of each letter stands, as a share of the word's width. Kerning is left out. */
async function letterCentres(word: string, look: WordLook): Promise<number[]> {
  const widths = await Promise.all([...word].map((letter) => advance(letter, look)))
  const total = widths.reduce((sum, width) => sum + width, 0)
  let before = 0
  return widths.map((width) => {
    before += width
    return (before - width / 2) / total
  })
}

const advances = new Map<string, Promise<number>>()

/** How far a letter moves what follows it: what eight more of them add to the width. */
function advance(letter: string, look: WordLook): Promise<number> {
  const key = `${look.font.family} ${look.font.file} ${letter}`
  const width = async (count: number): Promise<number> => {
    const image = await (await written(letter.repeat(count), look)).png().toBuffer({ resolveWithObject: true })
    return image.info.width
  }
  let made = advances.get(key)
  if (made === undefined) {
    made = Promise.all([width(4), width(12)]).then(([few, many]) => (many - few) / 8)
    advances.set(key, made)
  }
  return made
}

/** A random look in a font: dark on light or light on dark, never too alike. */
export function randomLook(rng: Rng, font: RenderFont, root: string): WordLook {
  const dark: Rgb = [rng.int(110), rng.int(110), rng.int(110)]
  const light: Rgb = [190 + rng.int(66), 190 + rng.int(66), 190 + rng.int(66)]
  const plain = rng.next() < 0.4
  const inverted = rng.next() < 0.2
  const ink: Rgb = plain ? [0, 0, 0] : dark
  const paper: Rgb = plain ? [255, 255, 255] : light
  return {
    font,
    root,
    colour: inverted ? paper : ink,
    background: inverted ? ink : paper,
    size: 0.72 + 0.28 * rng.next(),
    turn: rng.next() < 0.5 ? 0 : 8 * (2 * rng.next() - 1),
    x: 2 * rng.next() - 1,
    y: 2 * rng.next() - 1,
  }
}

const MADE_UP = 20_000
const MADE_UP_SEED = 17
const fitsPicture = (word: string): boolean => word.length <= 8

/** The made-up words that the corpus shows by default: all are of training. */
export function shownMadeUpWords(): readonly string[] {
  return madeUpWords(makeRng(MADE_UP_SEED), MADE_UP, [...commonWords, ...digitWords].filter(fitsPicture))
}

/** What the builder of written words needs. */
export interface RenderedTextOptions {
  readonly out: string
  readonly cache: string
  readonly command: string
  readonly report: Report
  /** The words; by default the common words and numbers of this package. */
  readonly words?: readonly string[]
  /** Made-up words for training, each in one font: letters must be read, not words known by sight. Default 20,000. */
  readonly madeUp?: number
}

/** Builds the corpus of written words: one word in ten is never in training, nor is the font Comic Neue. */
export async function buildRenderedText(
  options: RenderedTextOptions,
): Promise<{ manifest: Manifest; dropped: readonly Leak[]; leaks: readonly Leak[] }> {
  const { words = [...commonWords, ...digitWords], madeUp = MADE_UP, report } = options
  const fits = words.filter(fitsPicture)
  const root = await installDeb(options.cache, [...new Set(renderFonts.map((font) => font.package))], report)
  report(`writing ${fits.length} words in ${renderFonts.length} fonts`)
  const all: NewPicture[] = []
  for (const font of renderFonts) {
    for (const word of fits) {
      const heldOut = isHeldOutWord(word)
      // Held-out words need only a few fonts.
      if (heldOut && font.unseen !== true && textHash(`${font.family} ${word}`) % 3 !== 0) continue
      const split: Split = font.unseen === true ? 'unseen-style' : heldOut ? 'held-out' : 'train'
      const style = `font/${font.family}`
      const picture = await renderWord(word, randomLook(makeRng(textHash(`${style} ${word}`)), font, root))
      all.push({
        id: `${style}/${word}`,
        thing: word,
        names: /^\d+$/.test(word) ? {} : { en: word },
        style,
        split,
        license: font.license,
        ...picture,
      })
    }
  }
  const fonts = renderFonts.filter((font) => font.unseen !== true)
  const rng = makeRng(MADE_UP_SEED)
  for (const word of madeUpWords(rng, madeUp, fits)) {
    const font = rng.pick(fonts)
    const style = `font/${font.family}`
    const picture = await renderWord(word, randomLook(rng, font, root))
    all.push({
      id: `${style}/made-up/${word}`,
      thing: word,
      names: {},
      style,
      split: 'train',
      license: font.license,
      ...picture,
    })
  }
  const dropped = findLeaks(all, { sameThing: true, threshold: 6 })
  const bad = new Set(dropped.map((leak) => leak.id))
  const kept = all.filter((picture) => !bad.has(picture.id))
  const sources = renderFonts.map((font) => ({
    name: `${font.package}: ${font.family}`,
    license: font.license,
    shipped: font.unseen !== true,
    styles: [`font/${font.family}`],
  }))
  const manifest = writePictures(options.out, kept, { name: 'rendered-text', command: options.command, sources })
  return { manifest, dropped, leaks: findLeaks(kept, { sameThing: true, threshold: 6 }) }
}

/** Words that do not exist, of letters that follow each other in the words of training; none is one of `words`. */
function madeUpWords(rng: Rng, count: number, words: readonly string[]): readonly string[] {
  const next = new Map<string, string[]>()
  for (const word of words) {
    if (isHeldOutWord(word)) continue
    ;[...word].forEach((letter, i) => next.set(word[i - 1] ?? '', [...(next.get(word[i - 1] ?? '') ?? []), letter]))
  }
  const taken = new Set(words)
  const made: string[] = []
  while (made.length < count) {
    const length = 2 + rng.int(7)
    let word = ''
    while (word.length < length) {
      const last = word.at(-1) ?? ''
      // One letter in ten is any letter, so that seldom pairs come too.
      const letters = rng.next() < 0.1 ? next.get('')! : (next.get(last) ?? next.get('')!)
      word += rng.pick(letters)
    }
    if (taken.has(word)) continue
    taken.add(word)
    made.push(word)
  }
  return made
}

/** Whether a word is kept out of training; single digits and letters never are. */
export function isHeldOutWord(word: string): boolean {
  return word.length > 1 && textHash(`word ${word}`) % 10 === 0
}

const fontPaths = new Map<string, string>()

function fontPath(root: string, file: string): string {
  const key = join(root, file)
  let path = fontPaths.get(key)
  if (path === undefined) {
    path = filesUnder(join(root, 'usr/share/fonts'), (found) => found.endsWith(`/${file}`))[0]
    if (path === undefined)
      throw new TonyError('not_found', `renderWord: no font file '${file}' under '${root}'; install its package`)
    fontPaths.set(key, path)
  }
  return path
}
