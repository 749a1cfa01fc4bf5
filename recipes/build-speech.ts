/** @file Builds speech: `node --conditions=@tony/source --import tsx recipes/build-speech.ts --corpus speech-codec --hours 3 --out runs/data/speech-codec`. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensureDebian, runs } from '../packages/tony/src/data/node/debian.ts'
import { buildSpeechCorpus, type SpeechPlan } from '../packages/tony/src/data/node/speech-corpus.ts'
import { accentedWorld } from '../packages/tony/src/data/node/speech-corpus-accents.ts'
import { balancedWorld } from '../packages/tony/src/data/node/speech-corpus-balanced.ts'
import { codecPlan } from '../packages/tony/src/data/node/speech-corpus-codec.ts'
import { humanDigits } from '../packages/tony/src/data/node/speech-corpus-digits.ts'
import { spokenOutside } from '../packages/tony/src/data/node/speech-corpus-outside.ts'
import { recordedPeople, recordedWords } from '../packages/tony/src/data/node/speech-corpus-people.ts'
import { spokenPictures } from '../packages/tony/src/data/node/speech-corpus-pictures.ts'
import { humanPrompts } from '../packages/tony/src/data/node/speech-corpus-prompts.ts'
import { answeredWorld, saidSentences, saidWorld } from '../packages/tony/src/data/node/speech-corpus-said.ts'
import { articulatedWorld } from '../packages/tony/src/data/node/speech-corpus-tracts.ts'
import { spokenWorld } from '../packages/tony/src/data/node/speech-corpus-world.ts'
import { openSynthesizer, type Synthesizer } from '../packages/tony/src/data/node/synth.ts'
import { festivalIsInstalled, festivalPackages } from '../packages/tony/src/data/node/synth-festival.ts'
import { openGnuspeech } from '../packages/tony/src/data/node/synth-gnuspeech.ts'
import type { WorldSample } from '../packages/tony/src/data/world/kind.ts'
import { openExamples, openOutside } from './outside.ts'
import { readOptions, refuse } from './program.ts'

const { values } = readOptions({
  options: {
    /** `speech-codec`, `speech-world`, `speech-balanced`, `speech-said`, `speech-sentences`, `speech-answers`, `speech-accents`, `speech-tracts`, `speech-pictures`, `speech-outside`, `speech-people`, `speech-words` or, for tests only, `speech-digits` and `speech-human`. */
    corpus: { type: 'string', default: 'speech-codec' },
    hours: { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string' },
    /** Folder of human digits, for `speech-digits`. */
    digits: { type: 'string', default: '../shared/data/speech/fsdd-test' },
    /** Folder of recipes/build-text.ts, for `speech-outside`, `speech-said` and `speech-sentences`. */
    text: { type: 'string', default: 'runs/data/text' },
    cache: { type: 'string', default: '.cache' },
  },
})
const report = (line: string): void => console.log(line)
const hours = Number(values.hours)
const seed = Number(values.seed)
/** A corpus, and the items that go with it: they are written to `items.jsonl`. */
const corpora: Readonly<
  Record<string, () => Promise<{ plan: SpeechPlan; synthesizer?: Synthesizer; items?: readonly WorldSample[] }>>
> = {
  'speech-codec': async () => ({ plan: codecPlan({ hours, seed }) }),
  'speech-world': async () => spokenWorld({ hours, seed }),
  'speech-balanced': async () => balancedWorld({ hours, seed }),
  'speech-said': async () => saidWorld({ hours, seed, sentences: openExamples(values.text, 'train') }),
  'speech-sentences': async () => ({
    plan: saidSentences({ hours, seed, sentences: openExamples(values.text, 'train') }),
  }),
  'speech-answers': async () => answeredWorld({ hours, seed }),
  'speech-accents': async () => accentedWorld({ hours, seed, guide: await openSynthesizer(values.cache, report) }),
  'speech-tracts': async () => {
    const guide = await openSynthesizer(values.cache, report)
    return articulatedWorld({ hours, seed, guide, gnuspeech: await openGnuspeech(values.cache, report) })
  },
  'speech-pictures': async () => ({ plan: spokenPictures({ seed }) }),
  'speech-outside': async () => ({
    plan: spokenOutside({
      seed,
      train: openOutside(values.text, 'train'),
      heldOut: openOutside(values.text, 'held-out'),
    }),
  }),
  'speech-people': () => recordedPeople(values.cache, report),
  'speech-words': () => recordedWords(values.cache, report),
  'speech-digits': async () => humanDigits(values.digits),
  'speech-human': () => humanPrompts(values.cache, report),
}
const corpus = corpora[values.corpus]
if (corpus === undefined || !(hours > 0) || !Number.isSafeInteger(seed) || seed < 0 || seed >= 2 ** 28)
  refuse(
    `--corpus is one of ${Object.keys(corpora).join(', ')}; --hours is above 0; --seed is a whole number below 2^28`,
  )
const out = values.out ?? `runs/data/${values.corpus}`
if (process.env['TONY_SPEECH_CHILD'] === undefined) {
  engines()
  process.exit(supervise())
}
const { plan, items, ...made } = await corpus()
const synthesizer = made.synthesizer ?? (await openSynthesizer(values.cache, report))
if (items !== undefined) {
  mkdirSync(out, { recursive: true })
  writeFileSync(join(out, 'items.jsonl'), `${items.map((item) => JSON.stringify(item)).join('\n')}\n`)
}
const manifest = await buildSpeechCorpus(plan, {
  out,
  command: `recipes/build-speech.ts ${process.argv.slice(2).join(' ')}`.trim(),
  synthesizer,
  report,
  now: new Date(),
})
console.log(JSON.stringify(manifest.counts, undefined, 1))

/** Installs the speech engines of the corpus where it can; where it cannot, the build says what is missing. */
function engines(): void {
  if (
    !values.corpus.startsWith('speech-') ||
    ['speech-people', 'speech-words', 'speech-digits', 'speech-human'].includes(values.corpus)
  )
    return
  const festival = values.corpus === 'speech-accents' ? ['festival', ...festivalPackages] : []
  const reason = ensureDebian(
    ['flite', 'espeak-ng', ...festival],
    () => ['flite', 'espeak-ng'].every(runs) && (festival.length === 0 || festivalIsInstalled()),
    report,
  )
  if (reason !== undefined) report(reason)
}

/**
 * Runs the build as a child and goes on after a crash: flite's diphone voices read beyond their data about once in a
 * thousand clips, and a clip that crashed is spoken well the next time.
 */
function supervise(): number {
  const written = (): number => statSync(join(out, 'audio.s16.part'), { throwIfNoEntry: false })?.size ?? 0
  for (;;) {
    const before = written()
    const { status, signal } = spawnSync(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
      stdio: 'inherit',
      env: { ...process.env, TONY_SPEECH_CHILD: '1' },
    })
    if (signal !== 'SIGSEGV' && signal !== 'SIGBUS') return status ?? 1
    if (written() <= before) {
      console.error(`build-speech: crashed twice at one place (${signal})`)
      return 1
    }
    console.error(`build-speech: ${signal}, going on after ${(written() / 32000 / 3600).toFixed(2)} h`)
  }
}
