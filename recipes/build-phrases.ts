/**
 * @file Builds the speech that the first tony-nano was trained on: short phrases over the most frequent words, each said
 * by the speaking voice flite/slt and by one other voice; or, with `--text words`, random words for the codec.
 *
 *   node --conditions=@tony/source --import tsx recipes/build-phrases.ts --out runs/data/phrases
 *   node --conditions=@tony/source --import tsx recipes/build-phrases.ts --text words --items 3500 --out runs/data/speech-codec
 *
 * Needs Debian's flite and espeak-ng. flite/rms is said for held-out phrases only: the unseen voice.
 */
import { closeSync, mkdirSync, openSync, renameSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { commonWords } from '../packages/tony/src/data/node/rendered-text-words.ts'
import { SpeechPrograms } from '../packages/tony/src/data/node/speech-programs.ts'
import type { Manifest, Split } from '../packages/tony/src/data/types.ts'
import { repeatPhrase } from '../packages/tony/src/data/world/phrases.ts'
import { makeRng } from '../packages/tony/src/util/rng.ts'

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'runs/data/phrases' },
    text: { type: 'string', default: 'phrases' },
    items: { type: 'string', default: '5000' },
    words: { type: 'string', default: '800' },
    seed: { type: 'string', default: '11' },
  },
})
const items = Number(values.items)
const rng = makeRng(Number(values.seed))
const espeak = [
  'en-us',
  'en-gb',
  'en-us+m1',
  'en-us+m3',
  'en-us+m5',
  'en-us+m7',
  'en-us+f1',
  'en-us+f2',
  'en-us+f3',
  'en-us+f4',
  'en-gb+m2',
  'en-gb+f5',
  'en-gb-scotland+m4',
]
const plain = (text: string): string[] =>
  text
    .toLowerCase()
    .replace(/[^a-z' -]/g, '')
    .split(/\s+/)
    .filter((word) => word !== '')

/** Phrases whose words are all among the most frequent ones; none comes twice. */
function* phrases(): Generator<string> {
  const counts = new Map<string, number>()
  for (let i = 0; i < 60_000; i++)
    for (const word of plain(repeatPhrase(rng, { maxWords: 7 }))) counts.set(word, (counts.get(word) ?? 0) + 1)
  const frequent = new Set(
    [...counts]
      .sort((a, b) => b[1] - a[1])
      .slice(0, Number(values.words))
      .map(([word]) => word),
  )
  const seen = new Set<string>()
  for (;;) {
    const phrase = repeatPhrase(rng, { maxWords: 7 })
    if (seen.has(phrase) || !plain(phrase).every((word) => frequent.has(word))) continue
    seen.add(phrase)
    yield phrase
  }
}

function* randomWords(): Generator<string> {
  for (;;) yield Array.from({ length: 4 + rng.int(8) }, () => rng.pick(commonWords)).join(' ')
}

mkdirSync(values.out, { recursive: true })
const audio = join(values.out, 'audio.s16')
const index = join(values.out, 'index.jsonl')
const audioFile = openSync(`${audio}.tmp`, 'w')
const indexFile = openSync(`${index}.tmp`, 'w')
const programs = new SpeechPrograms()
let offset = 0
const clips: Record<string, number> = {}
function put(
  id: string,
  { text, voice, split, rate, pitch }: { text: string; voice: string; split: Split; rate: number; pitch: number },
): void {
  const { samples, words, phones } = programs.say(text, { voice, rate, pitch })
  const pcm = Int16Array.from(samples, (x) => Math.max(-32768, Math.min(32767, Math.round(x * 32767))))
  writeSync(audioFile, new Uint8Array(pcm.buffer))
  const license = voice.startsWith('flite') ? 'BSD-like' : 'made with espeak-ng (GPL-3.0 program)'
  writeSync(
    indexFile,
    `${JSON.stringify({ id, text, lang: 'en', voice, split, offset, length: pcm.length, words, phones, license })}\n`,
  )
  offset += pcm.length
  clips[voice.split('/')[0]!] = (clips[voice.split('/')[0]!] ?? 0) + 1
}
try {
  const texts = values.text === 'words' ? randomWords() : phrases()
  for (let i = 0; i < items; i++) {
    const text = texts.next().value as string
    const split = i < items * 0.03 ? 'held-out' : 'train'
    put(`p${i}`, { text, voice: 'flite/slt', split, rate: 1, pitch: 1 })
    const u = rng.next()
    const other = u < 0.2 ? 'flite/awb' : u < 0.4 ? 'flite/kal16' : `espeak/${rng.pick(espeak)}`
    put(`q${i}`, { text, voice: other, split, rate: 0.85 + 0.3 * rng.next(), pitch: 0.8 + 0.4 * rng.next() })
    if (split === 'held-out') put(`u${i}`, { text, voice: 'flite/rms', split: 'unseen-voice', rate: 1, pitch: 1 })
    if ((i + 1) % 250 === 0) console.log(`${i + 1} of ${items} texts, ${(offset / 57_600_000).toFixed(2)} h`)
  }
} finally {
  programs.close()
  closeSync(audioFile)
  closeSync(indexFile)
}
const manifest: Manifest = {
  name: values.out,
  created: new Date().toISOString(),
  command: `recipes/build-phrases.ts --text ${values.text} --items ${items} --seed ${values.seed}`,
  sources: [
    { name: 'flite (slt, awb, kal16, rms)', license: 'BSD-like', items: clips['flite'] ?? 0, shipped: true },
    {
      name: 'espeak-ng',
      license: 'GPL-3.0 program; its output is free of it',
      items: clips['espeak'] ?? 0,
      shipped: true,
    },
  ],
  counts: { clips: Object.values(clips).reduce((a, b) => a + b, 0), seconds: Math.round(offset / 16_000) },
}
writeFileSync(join(values.out, 'manifest.json'), `${JSON.stringify(manifest, undefined, 2)}\n`)
renameSync(`${audio}.tmp`, audio)
renameSync(`${index}.tmp`, index)
console.log(`${values.out}: ${manifest.counts['clips']} clips, ${(offset / 57_600_000).toFixed(2)} h`)
