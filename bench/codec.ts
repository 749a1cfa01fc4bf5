/**
 * @file What the audio codec and the image tokenizer lose: `npm run -s bench -- codec`.
 *
 * Speech is spoken afresh by flite: six words at a time from a list of 60, which pocketsphinx hears with a grammar of
 * these words (../shared/MODEL.md, "Figures to beat"). Compared: the original, its magnitudes after single pass inversion,
 * a linear codec of 96, 64 and 48 bits for 80 ms, and the codec. The linear codec is fitted on runs/data/speech-codec.
 * Pictures are those of runs/data/pictures that no training saw; a sheet goes to runs/bench/codec-images.png.
 */
import { existsSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { ensureDebian, runs } from '../packages/tony/src/data/node/debian.ts'
import { rateDifference, type Scored } from '../packages/tony/src/eval/score.ts'
import { TonyError } from '../packages/tony/src/util/errors.ts'
import { makeRng } from '../packages/tony/src/util/rng.ts'
import { readOptions, refuse } from '../recipes/program.ts'
import { type ImageReport, imageReport } from './codec-images.ts'
import {
  errorRate,
  linearBaseline,
  loadCodec,
  type Measured,
  measure,
  type Speed,
  textsInCorpora,
  throughCodec,
  withoutCoding,
} from './codec-speech.ts'
import { type Clip, speakClips, voicePlan } from './codec-words.ts'

const SEED = 2026
const LINEAR_BITS = [96, 64, 48]
const FIRST_CODES = [3, 2]
/** The gate of ../shared/MODEL.md: how much the codec's word error rate may be above the original's. */
const GATE = { training: 0.05, unseen: 0.12 }
const SHEET = 'runs/bench/codec-images.png'
const DICTIONARY = '/usr/share/pocketsphinx/model/en-us/cmudict-en-us.dict'

const round = (value: number | undefined, digits = 4): number | null =>
  value === undefined || !Number.isFinite(value) ? null : Number(value.toFixed(digits))
const reasonOf = (error: unknown): string => {
  if (error instanceof TonyError) return error.message
  throw error
}

interface SpeechReport {
  readonly clips: readonly Clip[]
  readonly measured: readonly Measured[]
  readonly bitsPerSecond?: number
  readonly lag?: number
  readonly encoding?: Speed
  readonly decoding?: Speed
  readonly texts: { readonly found: number; readonly searched: readonly string[] }
}

export async function main(args: readonly string[]): Promise<void> {
  const { values } = readOptions({
    args: [...args],
    options: {
      /** A published codec.safetensors or a training checkpoint. */
      codec: { type: 'string', default: 'models/tony-nano/codec.safetensors' },
      /** A published image.safetensors or a training checkpoint. */
      image: { type: 'string', default: 'models/tony-nano/image.safetensors' },
      data: { type: 'string', default: 'runs/data' },
      /** Utterances of the speaking voice and of the unseen one; the other voices speak half as many each. */
      n: { type: 'string', default: '50' },
      /** `speech` or `pictures`, to measure only that. */
      only: { type: 'string' },
    },
  })
  const n = Number(values.n)
  if (!Number.isSafeInteger(n) || n < 1) refuse(`bench codec: --n ${values.n} (expected a whole number above 0)`)
  const { only } = values
  if (only !== undefined && only !== 'speech' && only !== 'pictures')
    refuse(`bench codec: --only ${only} (expected speech or pictures)`)
  const speech = only === 'pictures' ? undefined : await reportSpeech(values.codec, values.data, n)
  const images = only === 'speech' ? undefined : await reportImages(values.image, values.data)
  if (images !== undefined) printImages(images)
  console.log(JSON.stringify(summary(values.codec, speech, images)))
}

async function reportImages(path: string, data: string): Promise<ImageReport | undefined> {
  try {
    return await imageReport({ path, data, sheet: SHEET })
  } catch (error) {
    console.log(`images: not measured: ${reasonOf(error)}`)
    return undefined
  }
}

/** Measures every condition; what cannot be measured is left out and the reason printed. */
async function reportSpeech(codecPath: string, data: string, n: number): Promise<SpeechReport | undefined> {
  const noVoice = ensureDebian(['flite'], () => runs('flite'), console.log)
  if (noVoice !== undefined) {
    console.log(`speech: not measured: ${noVoice}`)
    return undefined
  }
  const deaf = ensureDebian(
    ['pocketsphinx', 'pocketsphinx-en-us'],
    () => existsSync(DICTIONARY) && runs('pocketsphinx_batch'),
    console.log,
  )
  if (deaf !== undefined) console.log(`word error rates: not measured: ${deaf}`)
  const clips = speakClips(makeRng(SEED), n)
  const texts = existsSync(data)
    ? textsInCorpora(
        clips.map(({ text }) => text),
        data,
      )
    : { found: 0, searched: [] }
  console.log(
    texts.searched.length === 0
      ? `texts: no speech corpus in ${data} to compare with`
      : `texts: ${texts.found} of ${clips.length} stand in ${texts.searched.join(', ')}`,
  )

  console.log(`\n${'voice'.padEnd(16)}${'sound'.padEnd(16)}bit/s  word errors           log-mel dB  spectral dB  clips`)
  const measured: Measured[] = []
  const add = async (conditions: ReturnType<typeof withoutCoding>): Promise<void> => {
    for (const condition of conditions) {
      const result = await measure(clips, condition, deaf === undefined)
      measured.push(result)
      printSound(result, clips)
    }
  }
  await add(withoutCoding(clips))
  try {
    await add(linearBaseline(clips, join(data, 'speech-codec'), LINEAR_BITS, makeRng(SEED + 1)))
  } catch (error) {
    console.log(`linear baseline: not measured: ${reasonOf(error)}`)
  }
  try {
    const codec = await loadCodec(codecPath)
    const { conditions, lag, encoding, decoding } = await throughCodec(codec, clips, FIRST_CODES)
    await codec.dispose()
    await add(conditions)
    const rate = 100 / codec.config.patch
    const told = ({ clock, processor }: Speed): string =>
      `${clock.toFixed(0)} positions/s (${(clock / rate).toFixed(1)} × real time; by processor time ${(processor / rate).toFixed(1)} ×)`
    console.log(
      `codec: sound lags ${lag / 16} ms; one thread, load average ${loadavg()[0]!.toFixed(1)}: encoding ${told(encoding)}, streaming decoding ${told(decoding)}`,
    )
    return { clips, measured, bitsPerSecond: conditions[0]!.bitsPerSecond!, lag, encoding, decoding, texts }
  } catch (error) {
    console.log(`codec: not measured: ${reasonOf(error)}`)
    return { clips, measured, texts }
  }
}

/** Numbers of the clips of each voice, then of all training voices together. */
function groupsOf(clips: readonly Clip[]): { name: string; chosen: number[] }[] {
  const plan = voicePlan(1)
  const of = (wanted: (voice: string) => boolean): number[] =>
    clips.flatMap(({ voice }, i) => (wanted(voice) ? [i] : []))
  return [
    ...plan.map(({ voice }) => ({ name: voice, chosen: of((own) => own === voice) })),
    { name: 'training voices', chosen: trainedClips(clips) },
  ]
}

function trainedClips(clips: readonly Clip[]): number[] {
  const trained = new Set(voicePlan(1).flatMap(({ voice, trained }) => (trained ? [voice] : [])))
  return clips.flatMap(({ voice }, i) => (trained.has(voice) ? [i] : []))
}

const meanOf = (values: readonly number[], chosen: readonly number[]): number =>
  chosen.reduce((sum, i) => sum + values[i]!, 0) / Math.max(1, chosen.length)

function printSound({ name, bitsPerSecond, errors, mel, spectral }: Measured, clips: readonly Clip[]): void {
  for (const { name: voice, chosen } of groupsOf(clips)) {
    const rate = errorRate(errors, chosen)
    const heard =
      rate === undefined ? '-' : `${rate.value.toFixed(3)}  [${rate.low.toFixed(3)}, ${rate.high.toFixed(3)}]`
    console.log(
      `${voice.padEnd(16)}${name.padEnd(16)}${(bitsPerSecond?.toFixed(0) ?? '-').padStart(5)}  ${heard.padEnd(22)}${meanOf(mel, chosen).toFixed(2).padStart(10)}${meanOf(spectral, chosen).toFixed(2).padStart(13)}${String(chosen.length).padStart(7)}`,
    )
  }
}

function printImages({ splits, bits, coarseBits, encode, decode }: ImageReport): void {
  for (const { split, pictures, psnr, coarse } of splits)
    console.log(
      `images ${split.padEnd(14)} PSNR ${psnr.toFixed(2)} dB (${bits.toFixed(0)} bits a picture), coarse codes alone ${coarse.toFixed(2)} dB (${coarseBits.toFixed(0)} bits), ${pictures} pictures`,
    )
  console.log(
    `images: encoding ${encode.toFixed(0)} positions/s, decoding ${decode.toFixed(0)} positions/s; sheet ${SHEET} (original, all codes, coarse codes)`,
  )
}

/** The last line of the report. Gates and rates of several voices pool their utterances. */
function summary(
  codec: string,
  speech: SpeechReport | undefined,
  images: ImageReport | undefined,
): Record<string, unknown> {
  const clips = speech?.clips ?? []
  const named = (name: string): Measured | undefined => speech?.measured.find((one) => one.name === name)
  const trained = trainedClips(clips)
  const unseen = clips.flatMap((_, i) => (trained.includes(i) ? [] : [i]))
  const wer = (name: string, chosen: readonly number[]): number | undefined =>
    errorRate(named(name)?.errors ?? [], chosen)?.value
  // Both sounds of an utterance are drawn together, so that its difficulty cancels out of the interval.
  const points = (chosen: readonly number[]): ReturnType<typeof rateDifference> | undefined => {
    const [made, original] = [named('codec')?.errors ?? [], named('original')?.errors ?? []]
    const of = (errors: readonly Scored[]): Scored[] => chosen.map((i) => errors[i]!)
    return made.length === 0 ? undefined : rateDifference(of(made), of(original), makeRng(1))
  }
  const training = points(trained)
  const other = points(unseen)
  const below = (chosen: readonly number[]): boolean | undefined => {
    const [made, linear] = [wer('codec', chosen), wer('linear 64', chosen)]
    return made === undefined || linear === undefined ? undefined : made < linear
  }
  const checks = [
    training && training.value <= GATE.training,
    other && other.value <= GATE.unseen,
    below(trained),
    below(unseen),
  ]
  const split = (name: string): ImageReport['splits'][number] | undefined =>
    images?.splits.find((one) => one.split === name)
  return {
    bench: 'codec',
    codec,
    audio_bits_per_s: round(speech?.bitsPerSecond, 1),
    wer_original: round(wer('original', trained)),
    wer_linear64: round(wer('linear 64', trained)),
    wer_codec: round(wer('codec', trained)),
    wer_original_unseen: round(wer('original', unseen)),
    wer_linear64_unseen: round(wer('linear 64', unseen)),
    wer_codec_unseen: round(wer('codec', unseen)),
    image_psnr: round(split('held-out')?.psnr, 2),
    image_psnr_coarse: round(split('held-out')?.coarse, 2),
    image_psnr_unseen_style: round(split('unseen-style')?.psnr, 2),
    image_psnr_coarse_unseen_style: round(split('unseen-style')?.coarse, 2),
    image_bits: round(images?.bits, 1),
    gate: {
      training_points: round(training?.value),
      training_interval: [round(training?.low), round(training?.high)],
      unseen_points: round(other?.value),
      unseen_interval: [round(other?.low), round(other?.high)],
      below_linear64: below(trained) ?? null,
      below_linear64_unseen: below(unseen) ?? null,
      met: checks.includes(undefined) ? null : checks.every(Boolean),
    },
    audio_positions_per_s: {
      encode: round(speech?.encoding?.clock, 0),
      decode_stream: round(speech?.decoding?.clock, 0),
      encode_of_processor_time: round(speech?.encoding?.processor, 0),
      decode_stream_of_processor_time: round(speech?.decoding?.processor, 0),
    },
    image_positions_per_s: { encode: round(images?.encode, 0), decode: round(images?.decode, 0) },
    lag_ms: round(speech?.lag === undefined ? undefined : speech.lag / 16, 0),
    texts_in_corpora: speech?.texts.found ?? null,
    texts_compared_with: speech?.texts.searched ?? [],
    load: round(loadavg()[0], 1),
    voices: groupsOf(clips).map(({ name, chosen }) => ({
      voice: name,
      clips: chosen.length,
      sounds: (speech?.measured ?? []).map((one) => {
        const rate = errorRate(one.errors, chosen)
        return {
          sound: one.name,
          bits_per_s: round(one.bitsPerSecond ?? undefined, 1),
          wer: round(rate?.value),
          low: round(rate?.low),
          high: round(rate?.high),
          mel_db: round(meanOf(one.mel, chosen), 3),
          spectral_db: round(meanOf(one.spectral, chosen), 3),
        }
      }),
    })),
  }
}
