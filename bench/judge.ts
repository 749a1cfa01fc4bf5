/** @file An outside judge of speech: Debian's pocketsphinx, told what may be said. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { anySequence, oneOf } from '../packages/tony/src/eval/grammar.ts'
import { encodeWav } from '../packages/tony/src/media/audio/wav.ts'
import { TonyError } from '../packages/tony/src/util/errors.ts'

const MODEL = '/usr/share/pocketsphinx/model/en-us'
const DICTIONARY = join(MODEL, 'cmudict-en-us.dict')

let dictionary: ReadonlySet<string> | undefined

/** The words that the outside judge can hear; `undefined`, with a line that says why, where it is not installed. */
export function outsideWords(): ReadonlySet<string> | undefined {
  if (!existsSync(DICTIONARY)) {
    console.log('outside judge skipped: install Debian packages pocketsphinx and pocketsphinx-en-us')
    return undefined
  }
  dictionary ??= new Set(
    readFileSync(DICTIONARY, 'utf8')
      .split('\n')
      .map((line) => line.split(/\s/)[0]!),
  )
  return dictionary
}

/** What pocketsphinx hears in each clip (16 kHz) when any sequence of `words` may be said; `undefined` where it is not installed. */
export async function transcribeOutside(
  clips: readonly Float32Array[],
  words: readonly string[],
): Promise<string[] | undefined> {
  const known = outsideWords()
  return known === undefined
    ? undefined
    : recognise(clips, { jsgf: anySequence(words.filter((word) => known.has(word))) })
}

/**
 * What pocketsphinx hears in each clip (16 kHz) when the language model `arpa` (ARPA format) says what is likely;
 * `undefined` where it is not installed.
 */
export async function transcribeByModel(clips: readonly Float32Array[], arpa: string): Promise<string[] | undefined> {
  return outsideWords() === undefined ? undefined : recognise(clips, { lm: arpa })
}

/**
 * What pocketsphinx hears in each clip (16 kHz) when exactly one of `sentences` was said, as `plainText`; '' where it finds
 * none. All their words must be among `outsideWords`. `undefined` where it is not installed.
 */
export async function chooseOutside(
  clips: readonly Float32Array[],
  sentences: readonly string[],
): Promise<string[] | undefined> {
  return outsideWords() === undefined ? undefined : recognise(clips, { jsgf: oneOf(sentences) })
}

function recognise(clips: readonly Float32Array[], allowed: { jsgf: string } | { lm: string }): string[] {
  const out = new Array<string>(clips.length).fill('')
  const folder = mkdtempSync(join(tmpdir(), 'tony-judge-'))
  try {
    clips.forEach((samples, i) => writeFileSync(join(folder, `${i}.wav`), encodeWav({ samples, sampleRate: 16_000 })))
    // A clip without sound has nothing to be heard.
    writeFileSync(join(folder, 'control'), clips.map(({ length }, i) => (length === 0 ? '' : `${i}\n`)).join(''))
    const [kind, language] = Object.entries(allowed)[0]!
    writeFileSync(join(folder, `language.${kind}`), language)
    const options: Readonly<Record<string, string>> = {
      adcin: 'yes',
      adchdr: '44',
      cepdir: folder,
      cepext: '.wav',
      ctl: join(folder, 'control'),
      [kind]: join(folder, `language.${kind}`),
      hyp: join(folder, 'out'),
      hmm: join(MODEL, 'en-us'),
      dict: DICTIONARY,
      logfn: '/dev/null',
    }
    const { status, error } = spawnSync(
      'pocketsphinx_batch',
      Object.entries(options).flatMap(([name, value]) => [`-${name}`, value]),
    )
    if (status !== 0 || !existsSync(join(folder, 'out')))
      throw new TonyError(
        'internal',
        `outside judge: pocketsphinx_batch ended with status ${status} and no result; run it by hand with a grammar of one word`,
        { cause: error },
      )
    for (const line of readFileSync(join(folder, 'out'), 'utf8').split('\n')) {
      const match = /^(.*) \((\d+) -?\d+\)$/.exec(line)
      if (match !== null) out[Number(match[2])] = match[1]!.replace(/\(\d+\)/g, '')
    }
    return out
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
