/** @file Builds the corpus of pictures: each thing in several drawing styles, with its names, and no picture in two splits. */
import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { TonyError } from '../../util/errors.ts'
import { makeRng } from '../../util/rng.ts'
import { randomShape, shapeColours, shapeNames } from '../shapes.ts'
import type { Manifest, Split } from '../types.ts'
import { findClipArt } from './pictures-clipart.ts'
import { type NewPicture, type PictureSource, writePictures } from './pictures-corpus.ts'
import { decodeGlyph, decodePicture } from './pictures-decode.ts'
import { findLeaks, type Leak } from './pictures-leaks.ts'
import { misleading } from './pictures-misleading.ts'
import { shapeThingNames } from './pictures-names.ts'
import { filesUnder, installDeb, installNpm, type Report } from './pictures-packages.ts'
import { nameLanguages, type Thing, things } from './pictures-things.ts'

/** What the builder needs. */
export interface PictureOptions {
  /** Folder of the corpus. */
  readonly out: string
  /** Folder for downloaded packages. */
  readonly cache: string
  /** Written into the manifest. */
  readonly command: string
  readonly report: Report
}

/** What was built, and what the leak check took out. */
export interface BuiltPictures {
  readonly manifest: Manifest
  readonly dropped: readonly Leak[]
  /** Leaks of the corpus as written; must be empty. */
  readonly leaks: readonly Leak[]
  readonly missingNames: Readonly<Record<string, number>>
}

/** Where the styles come from and on which terms. */
export const pictureSources: readonly PictureSource[] = [
  {
    name: 'emoji-datasource-twitter 16.0.0 (Twemoji, © Twitter and contributors)',
    license: 'CC-BY-4.0',
    shipped: true,
    styles: ['twemoji'],
  },
  {
    name: '@lobehub/fluent-emoji-3d 1.1.0 (Microsoft Fluent emoji)',
    license: 'MIT',
    shipped: true,
    styles: ['fluent-3d'],
  },
  {
    name: '@lobehub/fluent-emoji-flat 1.1.0 (Microsoft Fluent emoji)',
    license: 'MIT',
    shipped: true,
    styles: ['fluent-flat'],
  },
  {
    name: 'fonts-symbola (© George Douros)',
    license: 'LicenseRef-Symbola-free-for-any-use',
    shipped: true,
    styles: ['symbola'],
  },
  { name: 'openclipart-png', license: 'CC-PDDC', shipped: true, styles: ['openclipart'] },
  {
    name: 'fonts-noto-color-emoji (© Google); evaluation only',
    license: 'OFL-1.1',
    shipped: false,
    styles: ['noto-emoji'],
  },
  {
    name: 'tuxpaint-stamps-default (© Bill Kendrick and contributors); evaluation only',
    license: 'GPL-2.0-or-later',
    shipped: false,
    styles: ['stamp'],
  },
  { name: 'shapes drawn by tony', license: 'Apache-2.0', shipped: true, styles: ['shape', 'shape-novel'] },
  {
    name: 'names: cldr-annotations-full 48.2.0 (© Unicode) and tony',
    license: 'Unicode-3.0',
    shipped: true,
    styles: [],
  },
]

const npmPackages = [
  'emoji-datasource-twitter@16.0.0',
  '@lobehub/fluent-emoji-3d@1.1.0',
  '@lobehub/fluent-emoji-flat@1.1.0',
  'cldr-annotations-full@48.2.0',
]
const debPackages = ['fonts-noto-color-emoji', 'fonts-symbola', 'openclipart-png', 'tuxpaint-stamps-default']

/** The styles that training never sees. */
export const unseenStyles: ReadonlySet<string> = new Set(['noto-emoji', 'stamp'])

const skinTones = ['1f3fb', '1f3fc', '1f3fd', '1f3fe', '1f3ff']
const clipArtPerThing = 4

/** Collects all pictures, takes leaks out, and writes the corpus. */
export async function buildPictures(options: PictureOptions): Promise<BuiltPictures> {
  const { report } = options
  const modules = await installNpm(options.cache, npmPackages, report)
  const root = await installDeb(options.cache, debPackages, report)
  const names = thingNames(modules)
  report('drawing emoji')
  const emoji = await emojiPictures(modules, root, names.of)
  report('reading clip art')
  const clipArt = await clipArtPictures(root, names.of)
  report('drawing shapes')
  const all = unique([...emoji, ...clipArt, ...shapePictures()])
  const dropped = findLeaks(all)
  const bad = new Set(dropped.map((leak) => leak.id))
  const kept = all.filter((picture) => !bad.has(picture.id))
  const leaks = findLeaks(kept)
  const manifest = writePictures(options.out, kept, {
    name: 'pictures',
    command: options.command,
    sources: pictureSources,
  })
  return { manifest, dropped, leaks, missingNames: names.missing }
}

/** A small, stable hash of a text, for splits that do not depend on the order of things. */
export function textHash(text: string): number {
  let hash = 2166136261
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16777619)
  // The low bits of FNV-1a are weak; mix once.
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return (hash ^ (hash >>> 13)) >>> 0
}

/** Lower-case code points joined with `-`, without variation selectors: the key that all emoji sets share. */
export function emojiKey(emoji: string): string {
  return [...emoji]
    .map((char) => char.codePointAt(0)?.toString(16) ?? '')
    .filter((code) => code !== 'fe0f')
    .join('-')
}

type NamesOf = (thing: Thing) => Readonly<Record<string, string>>

/** Names by language: those of the table, else CLDR's. */
function thingNames(modules: string): { of: NamesOf; missing: Record<string, number> } {
  const missing: Record<string, number> = {}
  const read = (lang: string): ReadonlyMap<string, string> =>
    cldrNames(join(modules, 'cldr-annotations-full/annotations', lang, 'annotations.json'))
  const english = read('en')
  const byLang = nameLanguages.map((lang) => [lang, read(lang)] as const)
  const cached = new Map<string, Readonly<Record<string, string>>>()
  for (const thing of things) {
    const names: Record<string, string> = { en: thing.name }
    const key = emojiKey(thing.emoji[0] ?? '')
    for (const [lang, table] of byLang) {
      const own = thing.names[lang]
      const cldr = english.get(key) === thing.name ? table.get(key) : undefined
      const name = own ?? (cldr === undefined ? undefined : cleanName(cldr))
      // A longer one is an explanation, not a name.
      if (name === undefined || name.length > 28) missing[lang] = (missing[lang] ?? 0) + 1
      else names[lang] = name
    }
    cached.set(thing.name, names)
  }
  return { of: (thing) => cached.get(thing.name) ?? { en: thing.name }, missing }
}

/** The names for reading aloud of a CLDR annotation file, by emoji key. */
export function cldrNames(path: string): ReadonlyMap<string, string> {
  const file = JSON.parse(readFileSync(path, 'utf8')) as {
    annotations?: { annotations?: Record<string, { tts?: string[] }> }
  } // Unicode's own format
  const entries = Object.entries(file.annotations?.annotations ?? {}).flatMap(([emoji, entry]) =>
    entry.tts?.[0] === undefined ? [] : [[emojiKey(emoji), entry.tts[0]] as const],
  )
  return new Map(entries)
}

/** Without brackets, quotation marks, double spaces and the word for an emoji's face. */
export function cleanName(name: string): string {
  return name
    .replace(/\s*[([{].*?[)\]}]/g, '')
    .replace(/[«»“”„"]/g, '')
    .replace(/^faccina di /, '')
    .replace(/\s+/g, ' ')
    .trim()
}

interface TwemojiEntry {
  readonly unified: string
  readonly image: string
  readonly skin_variations?: Readonly<Record<string, { readonly unified: string; readonly image: string }>>
}

/** Each emoji of each thing in all emoji styles; some emoji and some skin tones are held out in all styles of training. */
async function emojiPictures(modules: string, root: string, names: NamesOf): Promise<NewPicture[]> {
  const entries = JSON.parse(
    readFileSync(join(modules, 'emoji-datasource-twitter/emoji.json'), 'utf8'),
  ) as TwemojiEntry[] // the package's own format
  const twemoji = new Map<string, string>()
  for (const entry of entries) {
    for (const { unified, image } of [entry, ...Object.values(entry.skin_variations ?? {})]) {
      twemoji.set(
        unified.toLowerCase().replaceAll('-fe0f', ''),
        join(modules, 'emoji-datasource-twitter/img/twitter/64', image),
      )
    }
  }
  const fluent = (name: string, ext: string): ReadonlyMap<string, string> =>
    new Map(
      filesUnder(join(modules, '@lobehub', name, 'assets'), (path) => path.endsWith(ext)).map((path) => [
        basename(path, ext).replaceAll('-fe0f', ''),
        path,
      ]),
    )
  const [fluent3d, fluentFlat] = [fluent('fluent-emoji-3d', '.webp'), fluent('fluent-emoji-flat', '.svg')]
  const font = (file: string): string =>
    filesUnder(join(root, 'usr/share/fonts'), (path) => path.endsWith(file))[0] ?? ''
  const [noto, symbola] = [font('NotoColorEmoji.ttf'), font('Symbola_hint.ttf')]
  const result: NewPicture[] = []
  const add = async (thing: Thing, key: string, split: Split): Promise<void> => {
    const text = keyText(key)
    const single = !key.includes('-')
    const drawn: readonly (readonly [string, string, Uint8Array | undefined])[] = [
      ['twemoji', 'CC-BY-4.0', await fromFile(twemoji.get(key))],
      ['fluent-3d', 'MIT', await fromFile(fluent3d.get(key))],
      ['fluent-flat', 'MIT', await fromFile(fluentFlat.get(key))],
      [
        'symbola',
        'LicenseRef-Symbola-free-for-any-use',
        single && symbolaHas(key) && !colourInName.test(thing.name)
          ? await decodeGlyph({ text: `${text}\ufe0e`, fontFile: symbola, family: 'Symbola' })
          : undefined,
      ],
      [
        'noto-emoji',
        'OFL-1.1',
        await decodeGlyph({ text: single ? `${text}\ufe0f` : text, fontFile: noto, family: 'Noto Color Emoji' }),
      ],
    ]
    for (const [style, license, pixels] of drawn) {
      // Evaluation needs one picture of a thing more than five tones of it.
      if (unseenStyles.has(style) && /-1f3f[bcef]/.test(key)) continue
      if (pixels !== undefined)
        result.push({
          id: `${style}/${key}`,
          thing: thing.name,
          names: names(thing),
          style,
          split: unseenStyles.has(style) ? 'unseen-style' : split,
          license,
          pixels,
        })
    }
  }
  for (const thing of things) {
    const keys = thing.emoji.map(emojiKey)
    for (const [i, key] of keys.entries()) {
      const last = i > 0 && i === keys.length - 1
      await add(thing, key, last && textHash(`emoji ${thing.name}`) % 2 === 0 ? 'held-out' : 'train')
    }
    const first = keys[0] ?? ''
    for (const [i, tone] of skinTones.entries()) {
      const key = `${first.split('-')[0]}-${tone}${first.includes('-') ? `-${first.split('-').slice(1).join('-')}` : ''}`
      if (twemoji.has(key)) await add(thing, key, i % 2 === 1 ? 'held-out' : 'train')
    }
  }
  return result
}

async function fromFile(path: string | undefined): Promise<Uint8Array | undefined> {
  return path === undefined || !existsSync(path) ? undefined : decodePicture(path)
}

function keyText(key: string): string {
  return String.fromCodePoint(...key.split('-').map((code) => Number.parseInt(code, 16)))
}

/** Symbola draws in black only. */
const colourInName = /^(blue|green|yellow|purple|orange|brown) /

/** Symbola ends with Unicode 9 and draws later emoji as an empty box. */
function symbolaHas(key: string): boolean {
  const code = Number.parseInt(key, 16)
  return (
    code < 0x1f600 ||
    (code >= 0x1f600 && code <= 0x1f6d2) ||
    (code >= 0x1f6e0 && code <= 0x1f6f3) ||
    (code >= 0x1f910 && code <= 0x1f91e) ||
    (code >= 0x1f940 && code <= 0x1f94b) ||
    (code >= 0x1f950 && code <= 0x1f95e) ||
    (code >= 0x1f980 && code <= 0x1f991)
  )
}

/** Public-domain clip art for training, one in four pictures of a thing held out; stamps only for evaluation. */
async function clipArtPictures(root: string, names: NamesOf): Promise<NewPicture[]> {
  const result: NewPicture[] = []
  const sources = [
    { style: 'openclipart', license: 'CC-PDDC', folder: join(root, 'usr/share/openclipart/png') },
    { style: 'stamp', license: 'GPL-2.0-or-later', folder: join(root, 'usr/share/tuxpaint/stamps') },
  ]
  for (const { style, license, folder } of sources) {
    const perThing = new Map<string, number>()
    const seen = new Set<string>()
    const found = findClipArt(
      folder,
      filesUnder(folder, (path) => /\.(png|svg)$/.test(path) && !/_mirror|_flip/.test(path)),
      { things, skip: misleading },
    )
    for (const { path, thing } of found) {
      const n = perThing.get(thing.name) ?? 0
      const stem = basename(path).replace(/\.\w+$/, '')
      if (n >= clipArtPerThing || seen.has(stem)) continue
      seen.add(stem)
      const pixels = await decodePicture(path).catch(() => undefined)
      if (pixels === undefined) continue
      perThing.set(thing.name, n + 1)
      const id = `${style}/${path.slice(folder.length + 1)}`
      result.push({
        id,
        thing: thing.name,
        names: names(thing),
        style,
        split: unseenStyles.has(style) ? 'unseen-style' : n === 2 ? 'held-out' : 'train',
        license,
        pixels,
      })
    }
  }
  return result
}

const shapesPerThing = 24
const heldOutShapes = 3

/** Coloured shapes; a tenth of the pairs of colour and shape is in no split but held-out, as style `shape-novel`. */
function shapePictures(): NewPicture[] {
  const result: NewPicture[] = []
  for (const shape of shapeNames) {
    for (const colour of Object.keys(shapeColours)) {
      const thing = `${colour} ${shape}`
      const novel = textHash(`novel ${thing}`) % 10 === 0
      const rng = makeRng(textHash(thing))
      for (let i = 0; i < (novel ? heldOutShapes * 2 : shapesPerThing + heldOutShapes); i++) {
        const style = novel ? 'shape-novel' : 'shape'
        const split = novel || i >= shapesPerThing ? 'held-out' : 'train'
        result.push({
          id: `shape/${colour}-${shape}-${i}`,
          thing,
          names: shapeThingNames(colour, shape),
          style,
          split,
          license: 'Apache-2.0',
          pixels: randomShape(rng, shape, colour),
        })
      }
    }
  }
  return result
}

function unique(pictures: readonly NewPicture[]): readonly NewPicture[] {
  const ids = new Set<string>()
  for (const { id } of pictures) {
    if (ids.has(id)) throw new TonyError('internal', `pictures: the id '${id}' comes twice`)
    ids.add(id)
  }
  return pictures
}
