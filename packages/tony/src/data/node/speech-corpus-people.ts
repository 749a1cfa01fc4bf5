/**
 * @file Recordings of people in Debian packages as a corpus, in ten languages that Tony does not speak: their voices are lent to
 * what Tony does (data/voice-exchange.ts, recipes/build-voices.ts), and the codec meets them. Nobody wrote down what they say.
 */
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { decodeAudio } from '../../media/node/index.ts'
import { TonyError } from '../../util/errors.ts'
import { filesUnder, installDeb, type Report } from './pictures-packages.ts'
import type { SpeechJob, SpeechPlan } from './speech-corpus.ts'
import { evened, type Synthesizer, toSpeechRate } from './synth.ts'

/** Languages of which tuxpaint-stamps-default has five minutes or more; each one voice, or the few who recorded it. */
const LANGUAGES = ['be', 'bg', 'ca', 'da', 'el', 'es', 'fr', 'ro', 'ru']
const STAMPS = { package: 'tuxpaint-stamps-default', folder: 'usr/share/tuxpaint/stamps' }
/** The sentences from which festival's Russian voice was made. */
const NSH = { package: 'festvox-ru', folder: 'usr/share/festival/voices/russian/msu_ru_nsh_clunits/wav' }

interface Recorded extends SpeechJob {
  readonly file: string
}

/**
 * The plan over all recordings, speaker after speaker, and the "synthesizer" that plays them.
 *
 * @throws TonyError `missing_dependency` where the Debian packages cannot be had, `not_found` where they have changed.
 */
export async function recordedPeople(
  cache: string,
  report: Report,
): Promise<{ readonly plan: SpeechPlan; readonly synthesizer: Synthesizer }> {
  const root = await installDeb(cache, [STAMPS.package, NSH.package], report)
  const stamps = filesUnder(join(root, STAMPS.folder), (path) => path.endsWith('.ogg'))
  const sentences = filesUnder(join(root, NSH.folder), (path) => path.endsWith('.wav'))
  const jobs = [
    ...LANGUAGES.flatMap((lang) => {
      const own = stamps.filter((path) => basename(path).endsWith(`_desc_${lang}.ogg`))
      return jobsOf(own, { name: lang, lang, root })
    }),
    ...jobsOf(sentences, { name: 'nsh', lang: 'ru', root }),
  ]
  const played: Int16Array[] = []
  for (const [i, { file }] of jobs.entries()) {
    const { samples, sampleRate } = await decodeAudio(readFileSync(file))
    played.push(toSpeechRate(evened(samples), sampleRate))
    if ((i + 1) % 1000 === 0) report(`speech-people: ${i + 1} of ${jobs.length} recordings decoded`)
  }
  let current = 0
  return {
    plan: {
      name: 'speech-people',
      key: JSON.stringify({ plan: 'speech-people', version: 1, ids: jobs.map((job) => job.id) }),
      next(index) {
        current = index
        return jobs[index]
      },
    },
    synthesizer: { synthesize: () => ({ samples: played[current]!, words: [], phones: [] }) },
  }
}

function jobsOf(
  files: readonly string[],
  { name, lang, root }: { readonly name: string; readonly lang: string; readonly root: string },
): Recorded[] {
  if (files.length === 0)
    throw new TonyError(
      'not_found',
      `speech-people: no recordings of '${name}' under ${root}; the packages have changed`,
    )
  return files.map((file) => ({
    id: `${name}/${basename(file).replace(/\.\w+$/, '')}`,
    text: '',
    lang,
    voice: `people/${name}`,
    split: 'train',
    file,
  }))
}
