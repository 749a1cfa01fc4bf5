/**
 * @file Recordings of people in Debian packages as corpora. Most speak languages that Tony does not: their voices are lent to
 * what Tony does (data/voice-exchange.ts, recipes/build-voices.ts), and the codec meets them; nobody wrote down what they say.
 * A few say English words, one at a time, and are heard as they are.
 */
import { existsSync, readFileSync } from 'node:fs'
import { basename, join, parse, relative } from 'node:path'
import { decodeAudio } from '../../media/node/index.ts'
import { TonyError } from '../../util/errors.ts'
import { filesUnder, installDeb, type Report } from './pictures-packages.ts'
import type { SpeechJob, SpeechPlan } from './speech-corpus.ts'
import { evened, SPEECH_RATE, type Synthesizer, toSpeechRate } from './synth.ts'

/** Languages of which tuxpaint-stamps-default has five minutes or more; each one voice, or the few who recorded it. */
const LANGUAGES = ['be', 'bg', 'ca', 'da', 'el', 'es', 'fr', 'ro', 'ru']
const STAMPS = { package: 'tuxpaint-stamps-default', folder: 'usr/share/tuxpaint/stamps' }
/** The sentences from which festival's Russian voice was made. */
const NSH = { package: 'festvox-ru', folder: 'usr/share/festival/voices/russian/msu_ru_nsh_clunits/wav' }
/** A game for children that names what is moved, and one that reads letters and syllables: languages with a minute or more. */
const NOUNS = { package: 'ktuberling-data', folder: 'usr/share/ktuberling/sounds' }
const NOUN_LANGUAGES = ['ca', 'da', 'de', 'el', 'fr', 'gl', 'lt', 'nn', 'ru', 'sl', 'uk', 'wa']
const SYLLABLES = { package: 'klettres-data', folder: 'usr/share/klettres' }
const SYLLABLE_LANGUAGES = ['es', 'hu', 'it', 'lt', 'ml', 'nds', 'pt_BR', 'ru', 'uk']

/** Files of English words that are named otherwise than the word is written, or after no single word. */
const SPELLED: Readonly<Record<string, string | undefined>> = {
  broccolli: 'broccoli',
  sphynx: 'sphinx',
  tucan: 'toucan',
  mountaingoat: undefined,
  palmtree: undefined,
  fallingstar: undefined,
  moonwalker: undefined,
  nandou: undefined,
  wildboar: undefined,
  ufo: undefined,
  aw: undefined,
  ch: undefined,
  th: undefined,
}

interface Recorded extends SpeechJob {
  readonly file: string
}

/**
 * The plan over all recordings in other languages, speaker after speaker, and the "synthesizer" that plays them.
 *
 * @throws TonyError `missing_dependency` where the Debian packages cannot be had, `not_found` where they have changed.
 */
export async function recordedPeople(cache: string, report: Report): Promise<Recordings> {
  const root = await installDeb(
    cache,
    [STAMPS, NSH, NOUNS, SYLLABLES].map(({ package: name }) => name),
    report,
  )
  const stamps = soundsUnder(root, STAMPS.folder)
  const jobs = [
    ...LANGUAGES.flatMap((lang) => {
      const own = stamps.filter((path) => basename(path).endsWith(`_desc_${lang}.ogg`))
      return jobsOf(own, { name: lang, lang, root })
    }),
    ...jobsOf(soundsUnder(root, NSH.folder), { name: 'nsh', lang: 'ru', root }),
    ...NOUN_LANGUAGES.flatMap((lang) =>
      jobsOf(soundsUnder(root, `${NOUNS.folder}/${lang}`), { name: `nouns-${lang}`, lang, root }),
    ),
    ...SYLLABLE_LANGUAGES.flatMap((lang) =>
      jobsOf(soundsUnder(root, `${SYLLABLES.folder}/${lang}`), { name: `syllables-${lang}`, lang, root }),
    ),
  ]
  return playing('speech-people', 2, await decoded(jobs, report))
}

/**
 * The plan over single English words that four people say, with what they are, and the "synthesizer" that plays them.
 *
 * @throws TonyError `missing_dependency` where the Debian packages cannot be had, `not_found` where they have changed.
 */
export async function recordedWords(cache: string, report: Report): Promise<Recordings> {
  const root = await installDeb(
    cache,
    [STAMPS, NOUNS, SYLLABLES].map(({ package: name }) => name),
    report,
  )
  const speakers = [
    { name: 'stamps', files: soundsUnder(root, STAMPS.folder).filter((path) => path.endsWith('_desc.ogg')) },
    { name: 'nouns', files: soundsUnder(root, `${NOUNS.folder}/en`) },
    { name: 'syllables-us', files: soundsUnder(root, `${SYLLABLES.folder}/en/syllab`) },
    { name: 'syllables-gb', files: soundsUnder(root, `${SYLLABLES.folder}/en_GB/syllab`) },
  ]
  const jobs = speakers.flatMap(({ name, files }) =>
    jobsOf(files, { name, lang: 'en', root }).flatMap((job) => {
      const text = wordOf(job.file)
      return text === undefined ? [] : [{ ...job, id: `w-${job.id}`, voice: `person/${name}`, text }]
    }),
  )
  const clips = await decoded(jobs, report)
  return playing(
    'speech-words',
    1,
    clips.map(({ job, samples }) => ({ job, samples: withoutSilence(samples) })),
  )
}

/** The word that a file is named after: `egypt_bridge.ogg` and `frog_desc.ogg` have one each. */
function wordOf(file: string): string | undefined {
  const name = parse(file)
    .name.replace(/_desc$/, '')
    .replace(/^.*_/, '')
  return name in SPELLED ? SPELLED[name] : name
}

interface Recordings {
  readonly plan: SpeechPlan
  readonly synthesizer: Synthesizer
}

interface Clip {
  readonly job: Recorded
  /** At the rate of speech. */
  readonly samples: Int16Array
}

/** A clip that says something is one word from end to end. */
function playing(name: string, version: number, clips: readonly Clip[]): Recordings {
  let current = 0
  return {
    plan: {
      name,
      key: JSON.stringify({ plan: name, version, ids: clips.map(({ job }) => job.id) }),
      next(index) {
        current = index
        return clips[index]?.job
      },
    },
    synthesizer: {
      synthesize({ text }) {
        const { samples } = clips[current]!
        const words = text === '' ? [] : [{ text, start: 0, end: samples.length / SPEECH_RATE }]
        return { samples, words, phones: [] }
      },
    },
  }
}

async function decoded(jobs: readonly Recorded[], report: Report): Promise<Clip[]> {
  const clips: Clip[] = []
  for (const job of jobs) {
    const { samples, sampleRate } = await decodeAudio(readFileSync(job.file))
    clips.push({ job, samples: toSpeechRate(evened(samples), sampleRate) })
    if (clips.length % 1000 === 0) report(`people: ${clips.length} of ${jobs.length} recordings decoded`)
  }
  return clips
}

/** Share of the loudest 10 ms below which a recording's ends are silent, in amplitude: 34 dB. */
const SILENT = 0.02
const BLOCK = SPEECH_RATE / 100

/** A recording from its first to its last sound, with 10 ms on either side. */
function withoutSilence(samples: Int16Array): Int16Array {
  const loudness = Array.from({ length: Math.floor(samples.length / BLOCK) }, (_, i) =>
    Math.sqrt(samples.subarray(i * BLOCK, (i + 1) * BLOCK).reduce((sum, x) => sum + x * x, 0)),
  )
  const enough = SILENT * Math.max(...loudness, 1)
  const first = loudness.findIndex((x) => x >= enough)
  const last = loudness.findLastIndex((x) => x >= enough)
  return samples.subarray(Math.max(0, first - 1) * BLOCK, (last + 2) * BLOCK)
}

const soundsUnder = (root: string, folder: string): string[] => {
  const path = join(root, folder)
  return existsSync(path) ? filesUnder(path, (file) => /\.(ogg|opus|wav)$/.test(file)) : []
}

function jobsOf(
  files: readonly string[],
  { name, lang, root }: { readonly name: string; readonly lang: string; readonly root: string },
): Recorded[] {
  if (files.length === 0)
    throw new TonyError('not_found', `people: no recordings of '${name}' under ${root}; the packages have changed`)
  return files.map((file) => ({
    // The whole path: files of one name lie in several folders.
    id: `${name}/${relative(root, file).replace(/\.\w+$/, '')}`,
    text: '',
    lang,
    voice: `people/${name}`,
    split: 'train',
    file,
  }))
}
