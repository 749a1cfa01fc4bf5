/** @file The spoken world once more, asked by vocal tracts of many shapes (synth-gnuspeech.ts). */
import { logMel } from '../../media/audio/mel.ts'
import { resample } from '../../media/audio/resample.ts'
import type { WordTiming } from '../../media/types.ts'
import { makeRng, shuffled } from '../../util/rng.ts'
import { sameMoments } from '../dtw.ts'
import type { WorldSample } from '../world/kind.ts'
import { plannedJobs, type SpeechJob, type SpeechPlan } from './speech-corpus.ts'
import { heardWorld } from './speech-corpus-world.ts'
import { evened, SPEECH_RATE, type Synthesizer } from './synth.ts'
import type { Gnuspeech } from './synth-gnuspeech.ts'

/** The engine that tells which phones a text has and when; where the tract says the same is found by ear. */
const GUIDE = 'flite/kal'
/** Speakers: each says enough that others can be mixed with it. */
const SPEAKERS = 60
const FRAMES_A_SECOND = 100

/**
 * About `hours` of questions and phrases of the world (ids `q-` and `p-`, all of training) by Gnuspeech's speakers.
 */
export function articulatedWorld({
  hours,
  seed,
  guide,
  gnuspeech,
}: {
  readonly hours: number
  readonly seed: number
  readonly guide: Synthesizer
  readonly gnuspeech: Gnuspeech
}): { readonly plan: SpeechPlan; readonly items: readonly WorldSample[]; readonly synthesizer: Synthesizer } {
  const { items, heard } = heardWorld({ hours, seed })
  const rng = makeRng(seed * 2 ** 24 + 19)
  const jobs = shuffled(heard, rng).map(
    ({ id, text }, i): SpeechJob => ({
      id,
      text,
      voice: `gnuspeech/${i % SPEAKERS}`,
      split: 'train',
      rate: Math.round(100 * (0.95 + 0.55 * rng.next())) / 100,
    }),
  )
  return {
    items,
    plan: plannedJobs('speech-tracts', jobs, { version: 1, hours, seed }),
    synthesizer: {
      synthesize({ text, voice, rate = 1 }) {
        const said = gnuspeech(text, { speaker: Number(voice.split('/')[1]), rate })
        const samples = resample(said, SPEECH_RATE).samples
        const guided = guide.synthesize({ text, voice: GUIDE })
        const moments = sameMoments(
          logMel(Float32Array.from(guided.samples, (x) => x / 32768)).data,
          logMel(samples).data,
        )
        const end = samples.length / SPEECH_RATE
        const moved = (spans: readonly WordTiming[]): WordTiming[] =>
          spans.map((span) => ({
            ...span,
            start: span.start === 0 ? 0 : momentOf(moments, span.start),
            end: Math.min(end, momentOf(moments, span.end)),
          }))
        return { samples: evened(samples), words: moved(guided.words), phones: moved(guided.phones) }
      },
    },
  }
}

/** The second in the other clip; what lies behind the last frame is where that is. */
function momentOf(moments: Int32Array, second: number): number {
  return moments[Math.min(moments.length - 1, Math.round(second * FRAMES_A_SECOND))]! / FRAMES_A_SECOND
}
