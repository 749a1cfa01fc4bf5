/** @file An outside judge of speech: Debian's pocketsphinx with a grammar of known words. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeWav } from '../packages/tony/src/media/audio/wav.ts'

const MODEL = '/usr/share/pocketsphinx/model/en-us'

/** What pocketsphinx hears in each clip (16 kHz) when any sequence of `words` may be said; `undefined` where it is not installed. */
export async function transcribeOutside(
  clips: readonly Float32Array[],
  words: readonly string[],
): Promise<string[] | undefined> {
  const dictionary = join(MODEL, 'cmudict-en-us.dict')
  if (!existsSync(dictionary)) {
    console.log('outside judge skipped: install Debian packages pocketsphinx and pocketsphinx-en-us')
    return undefined
  }
  const known = new Set(
    readFileSync(dictionary, 'utf8')
      .split('\n')
      .map((line) => line.split(/\s/)[0]!),
  )
  const folder = mkdtempSync(join(tmpdir(), 'tony-judge-'))
  try {
    clips.forEach((samples, i) => writeFileSync(join(folder, `${i}.wav`), encodeWav({ samples, sampleRate: 16_000 })))
    writeFileSync(join(folder, 'control'), clips.map((_, i) => `${i}\n`).join(''))
    writeFileSync(
      join(folder, 'words.gram'),
      `#JSGF V1.0;\ngrammar words;\npublic <s> = ( ${words.filter((word) => known.has(word)).join(' | ')} )+ ;\n`,
    )
    spawnSync('pocketsphinx_batch', [
      '-adcin',
      'yes',
      '-adchdr',
      '44',
      '-cepdir',
      folder,
      '-cepext',
      '.wav',
      '-ctl',
      join(folder, 'control'),
      '-jsgf',
      join(folder, 'words.gram'),
      '-hyp',
      join(folder, 'out'),
      '-hmm',
      join(MODEL, 'en-us'),
      '-dict',
      dictionary,
      '-logfn',
      '/dev/null',
    ])
    const out = new Array<string>(clips.length).fill('')
    for (const line of readFileSync(join(folder, 'out'), 'utf8').split('\n')) {
      const match = /^(.*) \((\d+) -?\d+\)$/.exec(line)
      if (match !== null) out[Number(match[2])] = match[1]!.replace(/\(\d+\)/g, '')
    }
    return out
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
