/** @file The spoken world once more, asked by festival's voices: ten people with the sounds of five languages. */
import { makeRng, shuffled } from '../../util/rng.ts'
import type { WorldSample } from '../world/kind.ts'
import type { SpeechJob, SpeechPlan } from './speech-corpus.ts'
import { heardWorld } from './speech-corpus-world.ts'
import { evened, type Synthesizer, toSpeechRate } from './synth.ts'
import { FESTIVAL_VOICES, recordedPairs, speakWithFestival } from './synth-festival.ts'

/** The engine that tells which phones a text has and how long each lasts. */
const GUIDE = 'flite/kal'
/** Clips in one run of festival. */
const AT_ONCE = 100

/**
 * About `hours` of questions and phrases of the world (ids `q-` and `p-`, all of training) in festival's voices, and the
 * synthesizer that speaks them, many at once.
 *
 * @throws TonyError `missing_dependency` where festival or one of its voices is not installed.
 */
export function accentedWorld({
  hours,
  seed,
  guide,
}: {
  readonly hours: number
  readonly seed: number
  readonly guide: Synthesizer
}): { readonly plan: SpeechPlan; readonly items: readonly WorldSample[]; readonly synthesizer: Synthesizer } {
  const { items, heard } = heardWorld({ hours, seed })
  const names = Object.keys(FESTIVAL_VOICES)
  const pairs = new Map(names.map((name) => [name, recordedPairs(name)]))
  const rng = makeRng(seed * 2 ** 24 + 13)
  const between = (low: number, high: number): number => Math.round(100 * low * (high / low) ** rng.next()) / 100
  // Clips of one voice stand together, as many as one run speaks.
  const jobs = shuffled(heard, rng).map(
    ({ id, text }, i): SpeechJob => ({
      id,
      text,
      voice: `festival/${names[Math.floor(i / AT_ONCE) % names.length]}`,
      split: 'train',
      rate: between(0.75, 1.15),
      pitch: between(0.75, 1.35),
    }),
  )
  let current = 0
  let spoken: { readonly from: number; readonly results: readonly ReturnType<Synthesizer['synthesize']>[] } = {
    from: 0,
    results: [],
  }
  const speak = (from: number): ReturnType<Synthesizer['synthesize']>[] => {
    const some = jobs.slice(from, from - (from % AT_ONCE) + AT_ONCE)
    const voice = some[0]!.voice.slice('festival/'.length)
    const guided = some.map(({ text, rate }) =>
      guide.synthesize({ text, voice: GUIDE, ...(rate === undefined ? {} : { rate }) }),
    )
    const clips = speakWithFestival(
      makeRng(seed * 2 ** 24 + from),
      voice,
      guided.map(({ phones }, i) => ({ phones, pitch: some[i]!.pitch ?? 1 })),
      pairs.get(voice)!,
    )
    return clips.map(({ samples, sampleRate }, i) => ({
      samples: toSpeechRate(evened(samples), sampleRate),
      words: guided[i]!.words,
      phones: guided[i]!.phones,
    }))
  }
  return {
    items,
    plan: {
      name: 'speech-accents',
      key: JSON.stringify({ plan: 'speech-accents', version: 1, hours, seed }),
      next(index) {
        current = index
        return jobs[index]
      },
    },
    synthesizer: {
      synthesize() {
        if (current < spoken.from || current >= spoken.from + spoken.results.length)
          spoken = { from: current, results: speak(current) }
        return spoken.results[current - spoken.from]!
      },
    },
  }
}
