/**
 * @file Measures the time from the end of the user's speech to Tony's first sound: `npm run -s bench -- voice`.
 *
 * Held-out spoken questions are played in real time into `tony serve` by the official client, as a microphone behind a page
 * would; `--together 4` lets four people speak at once. The end-of-turn decision is the model's. Then the same clips are run
 * through the end-of-turn head at several thresholds for the trade-off between waiting and cutting people off, and sounds in
 * which nobody speaks (`--sounds FOLDER` adds recordings) through live conversations: how many are taken for speech, and how
 * many, and how many clips, end an answer that is being made.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ambience } from '../packages/tony/src/data/ambience.ts'
import { openSpeech } from '../packages/tony/src/data/node/speech-files.ts'
import type { SpeechRow } from '../packages/tony/src/data/types.ts'
import { OmniEngine } from '../packages/tony/src/generate/engine.ts'
import { readModel } from '../packages/tony/src/generate/node/load.ts'
import { openVoice } from '../packages/tony/src/generate/voice.ts'
import { resample } from '../packages/tony/src/media/audio/resample.ts'
import { encodePcm16 } from '../packages/tony/src/media/audio/wav.ts'
import { decodeAudio } from '../packages/tony/src/media/node/index.ts'
import { controlId } from '../packages/tony/src/models/omni/config.ts'
import { MelWindows, melPatches, PATCH_SAMPLES } from '../packages/tony/src/models/omni/windows.ts'
import { nodeRuntime } from '../packages/tony/src/runtime/node/index.ts'
import { makeRng, type Rng } from '../packages/tony/src/util/rng.ts'
import { readOptions, refuse, wholeNumber } from '../recipes/program.ts'
import { serveTony } from '../test/helpers/served.ts'
import { inLanes } from './lanes.ts'

const RATE = 16_000
const WIRE_RATE = 24_000
/** 20 ms of 16 bits, what a browser's worklet sends. */
const CHUNK = (WIRE_RATE / 50) * 2
const LEAD = 0.3

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Second at which the last word of a clip ends. */
const endOf = (row: SpeechRow): number => row.words.at(-1)!.end

export async function main(args: readonly string[]): Promise<void> {
  const { values } = readOptions({
    args: [...args],
    options: {
      model: { type: 'string', default: 'models/tony-nano' },
      data: { type: 'string', default: 'runs/data' },
      n: { type: 'string', default: '50' },
      /** Folder of recordings in which nobody speaks, heard with the other sounds. */
      sounds: { type: 'string' },
      /** How many talk at once. */
      together: { type: 'string', default: '1' },
    },
  })
  const n = wholeNumber('bench voice', 'n', values.n)
  const together = wholeNumber('bench voice', 'together', values.together)
  const recorded = values.sounds === undefined ? [] : [await recordings(values.sounds)]
  const speech = openSpeech(`${values.data}/speech-world`)
  const rows = speech.rows
    .filter((row) => row.split === 'held-out' && row.id.startsWith('q-') && row.words.length > 0)
    .slice(0, n)

  const served = await serveTony(['--model', values.model])
  const [model] = (await served.client.models.list()).data
  const latencies: number[] = []
  let early = 0
  let silent = 0
  let underruns = 0
  const talk = async (row: SpeechRow): Promise<void> => {
    const samples = new Float32Array(Math.round(LEAD * RATE) + row.length + 3 * RATE)
    samples.set(speech.samples(row), Math.round(LEAD * RATE))
    const wire = Buffer.from(encodePcm16(resample({ samples, sampleRate: RATE }, WIRE_RATE).samples))
    const speechEnd = (LEAD + endOf(row)) * 1000
    const live = await served.live(model!.id)
    // The session prefills its first positions before anybody speaks, as it does behind an open page.
    await sleep(150)
    const began = performance.now()
    let firstSound: number | undefined
    let decided: number | undefined
    let played = 0
    let done = false
    const answered = new Promise<void>((resolve) => {
      live.on('input_audio_buffer.speech_stopped', () => {
        decided ??= performance.now() - began
      })
      live.on('response.output_audio.delta', ({ delta }) => {
        const at = performance.now() - began
        if (firstSound === undefined) firstSound = at
        else if (at - firstSound > played) underruns++
        played += (Buffer.byteLength(delta, 'base64') / 2 / WIRE_RATE) * 1000
      })
      live.on('response.done', () => {
        done = true
        resolve()
      })
    })
    for (let at = 0; at < wire.length && !done; at += CHUNK) {
      const due = ((at + CHUNK) / 2 / WIRE_RATE) * 1000
      const wait = due - (performance.now() - began)
      if (wait > 1) await sleep(wait)
      // Once the turn is over the microphone hears nothing but the room.
      if (decided === undefined)
        live.send({ type: 'input_audio_buffer.append', audio: wire.subarray(at, at + CHUNK).toString('base64') })
    }
    await Promise.race([answered, sleep(4000)])
    live.close()
    if (decided !== undefined && decided < speechEnd - 80) early++
    else if (firstSound === undefined) silent++
    else latencies.push(firstSound - speechEnd)
  }
  await inLanes(rows, { parallel: together, work: talk })
  await served.close()

  const { parts } = await readModel(values.model)
  const engine = await OmniEngine.load(nodeRuntime, parts)
  const probabilities: { ends: number[]; end: number }[] = []
  for (const row of rows) {
    const samples = new Float32Array(Math.round(LEAD * RATE) + row.length + RATE)
    samples.set(speech.samples(row), Math.round(LEAD * RATE))
    const state = engine.newState()
    await engine.feed(state, [{ kind: 'token', id: controlId(engine.config, '<|user|>') }])
    const sound = MelWindows.of(melPatches(samples))
    const hidden = await engine.feed(
      state,
      sound.windows.map((_, at) => ({ kind: 'mel', sound, at })),
    )
    engine.free(state)
    probabilities.push({ ends: (await engine.turns(hidden)).map((p) => p[2]!), end: LEAD + endOf(row) })
  }
  const curve = [0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98].map((threshold) => {
    const waits: number[] = []
    let cut = 0
    for (const { ends, end } of probabilities) {
      const first = ends.findIndex((p, i) => i > 6 && p > threshold)
      const at = first < 0 ? end + 0.7 : (first + 1) * 0.08
      if (at < end - 0.08) cut++
      else waits.push((at - end) * 1000)
    }
    return {
      threshold,
      mean_ms: Math.round(waits.reduce((s, w) => s + w, 0) / Math.max(1, waits.length)),
      false_endpoints: Number((cut / probabilities.length).toFixed(3)),
    }
  })

  const question = (i: number): Float32Array => speech.samples(rows[i % rows.length]!)
  const around = [...surroundings(n), ...recorded]
  const nobody = await counted(around, (samples) => startsSpeech(engine, samples))
  const sounds = [...around, { around: 'another question', of: n, make: (i: number) => question(i + 1) }]
  const during = await counted(sounds, (samples, i) => endsAnswer(engine, question(i), samples))
  latencies.sort((a, b) => a - b)
  const quantile = (q: number): number | null =>
    latencies.length === 0
      ? null
      : Math.round(latencies[Math.min(latencies.length - 1, Math.floor(q * latencies.length))]!)
  const mean = latencies.length === 0 ? null : Math.round(latencies.reduce((s, l) => s + l, 0) / latencies.length)
  console.log(
    `clips ${rows.length}, at once ${together}, answered ${latencies.length}, cut off early ${early}, no sound ${silent}, late frames ${underruns}`,
  )
  console.log(
    `first sound after the end of speech: min ${quantile(0)} ms, median ${quantile(0.5)} ms, mean ${mean} ms, 95% ${quantile(0.95)} ms`,
  )
  for (const row of curve)
    console.log(
      `threshold ${row.threshold}: decision after ${row.mean_ms} ms on average, ${(row.false_endpoints * 100).toFixed(1)}% of turns cut off`,
    )
  for (const { around, taken, of } of nobody)
    console.log(`nobody speaks, ${around}: taken for speech ${taken} of ${of}`)
  for (const { around, taken, of } of during)
    console.log(`while it answers, ${around}: ends the answer ${taken} of ${of}`)
  console.log(
    JSON.stringify({
      bench: 'voice',
      n: rows.length,
      together,
      min_ms: quantile(0),
      p50_ms: quantile(0.5),
      mean_ms: mean,
      p95_ms: quantile(0.95),
      false_endpoints: early / rows.length,
      no_sound: silent,
      underruns,
      set: 'held-out spoken questions, flite and espeak-ng voices of training, no noise',
      curve,
      nobody,
      during,
    }),
  )
}

/** Seconds in which nobody speaks. */
const WAIT = 3
/** Of the first made sound: those of training have seeds from 0 on (`SURROUNDINGS` in data/hearing.ts). */
const HELD_OUT = 1_000_000

/** `of` sounds of one kind. */
interface Sounds {
  readonly around: string
  readonly of: number
  make(i: number): Float32Array
}

/** How many of the sounds of one kind did something. */
interface Count {
  readonly around: string
  readonly taken: number
  readonly of: number
}

/** Three seconds of each in which nobody speaks, silence once. */
function surroundings(n: number): readonly Sounds[] {
  const white = (rms: number) => (rng: Rng) => Float32Array.from({ length: WAIT * RATE }, () => rms * rng.normal())
  const made = (around: string, make: (rng: Rng) => Float32Array): Sounds => ({
    around,
    of: n,
    make: (i) => make(makeRng(HELD_OUT + i)),
  })
  return [
    { around: 'silence', of: 1, make: () => new Float32Array(WAIT * RATE) },
    made('white noise at -60 dB', white(1e-3)),
    made('white noise at -50 dB', white(3.16e-3)),
    made('white noise at -40 dB', white(1e-2)),
    made('noise, hum, music and knocks at -55 to -15 dB', (rng) => ambience(rng, WAIT)),
  ]
}

/** The first three seconds of each recording in a folder. */
async function recordings(folder: string): Promise<Sounds> {
  if (!existsSync(folder)) refuse(`bench voice: there is no folder ${folder}; --sounds names one of recordings`)
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const sounds: Float32Array[] = []
  for (const file of files.filter((name) => /\.(wav|mp3|og[ga]|webm|flac|m4a)$/i.test(name)).sort()) {
    const { samples, sampleRate } = await decodeAudio(readFileSync(join(folder, file)), { maxSeconds: 3600 })
    const heard = { samples: samples.subarray(0, WAIT * sampleRate), sampleRate }
    sounds.push(resample(heard, RATE).samples)
  }
  return { around: folder, of: sounds.length, make: (i) => sounds[i]! }
}

/** Of each kind of sounds, how many are `taken`. */
async function counted(
  kinds: readonly Sounds[],
  taken: (samples: Float32Array, i: number) => Promise<boolean>,
): Promise<Count[]> {
  const out: Count[] = []
  for (const { around, of, make } of kinds) {
    const count = { around, taken: 0, of }
    for (let i = 0; i < of; i++) if (await taken(make(i), i)) count.taken++
    out.push(count)
  }
  return out
}

/** Whether `samples` end the answer to a question. They arrive at once: all of them are heard before anything is told. */
async function endsAnswer(engine: OmniEngine, question: Float32Array, samples: Float32Array): Promise<boolean> {
  const defaults = { audioTemperature: 0, maxPositions: 20, draft: true }
  const voice = openVoice(engine, { model: '', threshold: 2, maxSilenceMs: 1e9 }, { defaults })
  voice.append(question)
  voice.commit()
  voice.append(samples)
  try {
    for await (const event of voice.events) {
      if (event.type === 'response-cancelled') return true
      if (event.type === 'response') return false
    }
  } finally {
    await voice.close()
  }
  return false
}

/** Whether a live conversation hears speech begin in `samples`. */
async function startsSpeech(engine: OmniEngine, samples: Float32Array): Promise<boolean> {
  const defaults = { audioTemperature: 0, maxPositions: 1, draft: false }
  const voice = openVoice(engine, { model: '' }, { defaults })
  for (let at = 0; at < samples.length; at += PATCH_SAMPLES) {
    const { steps } = engine
    voice.append(samples.subarray(at, at + PATCH_SAMPLES))
    while (at + PATCH_SAMPLES <= samples.length && engine.steps === steps) await sleep(1)
  }
  await voice.close()
  for await (const { type } of voice.events) if (type === 'speech-started') return true
  return false
}
