/**
 * @file Builds speech that people might have said: questions and phrases of the spoken world in the voices of recordings in other
 * languages, as the log-mels that a model hears (packages/tony/src/data/voice-exchange.ts).
 *
 *   node --conditions=@tony/source --import tsx recipes/build-voices.ts
 *
 * Needs `recipes/build-speech.ts --corpus speech-world` and `--corpus speech-people`, and a model whose hearing tells which sounds are alike: the shipped one.
 * Speakers that are done with the same options are not done again.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { MEL_SCALE } from '../packages/tony/src/data/hearing.ts'
import { openSpeech } from '../packages/tony/src/data/node/speech-files.ts'
import type { Manifest, SpeechRow } from '../packages/tony/src/data/types.ts'
import { bankOf, CELL_FRAMES, colourOf, inVoiceOf, type Recording } from '../packages/tony/src/data/voice-exchange.ts'
import { wordTurns } from '../packages/tony/src/data/word-turns.ts'
import { compileProgram } from '../packages/tony/src/generate/program.ts'
import type { Tensor } from '../packages/tony/src/graph/node.ts'
import * as t from '../packages/tony/src/graph/ops.ts'
import { logMel, MEL_BANDS, MEL_HOP } from '../packages/tony/src/media/audio/mel.ts'
import type { WordTiming } from '../packages/tony/src/media/types.ts'
import { EAR, hearWindows } from '../packages/tony/src/models/omni/hearing.ts'
import { placeSound, roomForSound } from '../packages/tony/src/models/omni/pack.ts'
import { CELLS_PER_PATCH, MelWindows } from '../packages/tony/src/models/omni/windows.ts'
import { rmsNorm } from '../packages/tony/src/nn/layers.ts'
import { nodeFiles } from '../packages/tony/src/runtime/node/files.ts'
import { nodeRuntime } from '../packages/tony/src/runtime/node/index.ts'
import { type HostTensor, hostTensor } from '../packages/tony/src/tensor/host.ts'
import { makeRng, type Rng } from '../packages/tony/src/util/rng.ts'
import { type LoadedModel, openModel } from './align/model.ts'
import { openClips, plainWords, worldFolders } from './clips.ts'
import { readOptions, refuse } from './program.ts'

/** Voices whose sounds hearing knows best; who says the words does not matter, they are said by others. */
const SOURCES = ['flite/slt', 'flite/awb', 'flite/kal16']
/** Clips that are said with the same recordings, and cells of those: five minutes. */
const GROUP = 50
const BANK_CELLS = 7000
/** Longest stretch of a recording, 4 s, and the patches of a clip that is too long to be said. */
const STRETCH_PATCHES = 50
const LONGEST_PATCHES = 62
/** The layer of hearing whose rows say which sounds are alike: higher ones know words, which nobody said in these languages. */
const LAYER = 1
/** Windows of sound in one run of hearing. */
const AUDIO = 4 * EAR
const PATCH = 8 * MEL_BANDS

async function main(): Promise<string> {
  const { values } = readOptions({
    options: {
      data: { type: 'string', default: 'runs/data' },
      out: { type: 'string', default: 'runs/data/speech-voices' },
      model: { type: 'string', default: 'models/tony-nano' },
      /** Clips of each speaker. */
      clips: { type: 'string', default: '400' },
      seed: { type: 'string', default: '1' },
    },
  })
  const [clips, seed] = [Number(values.clips), Number(values.seed)]
  if (!Number.isSafeInteger(clips) || clips < 1 || !Number.isSafeInteger(seed) || seed < 0)
    refuse('--clips is a whole number from 1, --seed one from 0')
  const speakers = openSpeakers(`${values.data}/speech-people`)
  const said = openSaid(values.data)
  // What a speaker says depends on these and on the ear.
  const key = createHash('sha256')
    .update(JSON.stringify({ clips, seed, texts: said.length, version: 2 }))
    .update(readFileSync(join(values.model, 'model.safetensors')))
    .digest('hex')
    .slice(0, 12)
  const draw = wordTurns(said, ({ row }) => plainWords(row))
  const ear = await openEar(openModel(values.model))
  mkdirSync(values.out, { recursive: true })
  for (const [i, speaker] of speakers.entries()) {
    if (existsSync(partOf(values.out, speaker, key, 'jsonl'))) continue
    const started = Date.now()
    const made = await sayAs(speaker, { draw, ear, clips, rng: makeRng(seed * 1000 + i) })
    await nodeFiles.write(partOf(values.out, speaker, key, 's16'), new Uint8Array(made.mels.buffer))
    await nodeFiles.write(partOf(values.out, speaker, key, 'jsonl'), Buffer.from(linesOf(made.rows)))
    console.log(`${speaker.name}: ${made.rows.length} clips, ${((Date.now() - started) / 1000).toFixed(0)} s`)
  }
  return joinSpeakers(values.out, speakers, key)
}

/** A file of what one speaker says. */
const partOf = (out: string, { name }: Speaker, key: string, ending: string): string =>
  join(out, `${name}-${key}.${ending}`)

/** A voice with its recordings: features [frames · 80]. */
interface Speaker {
  readonly name: string
  readonly license: string
  readonly mels: readonly Float32Array[]
}

function openSpeakers(folder: string): Speaker[] {
  const speech = openSpeech(folder)
  const speakers = new Map<string, { readonly license: string; readonly mels: Float32Array[] }>()
  for (const row of speech.rows) {
    const name = row.voice.replace('people/', '')
    const mels = speakers.get(name)?.mels ?? []
    speakers.set(name, { license: row.license, mels })
    mels.push(...stretchesOf(speech.samples(row)))
  }
  return [...speakers].map(([name, speaker]) => ({ name, ...speaker }))
}

/** What is to be said: rows with their features. */
interface Said {
  readonly row: SpeechRow
  readonly mels: Float32Array
}

function openSaid(data: string): Said[] {
  const [first, ...more] = worldFolders(data)
  const worlds = more.filter((folder) => /speech-(world-\d|balanced)$/.test(folder))
  const { rows, others, clip } = openClips([first, ...worlds])
  return [...rows, ...others]
    .filter(({ id, voice, length }) => /^[qpw]-/.test(id) && SOURCES.includes(voice) && length < LONGEST_PATCHES * 1280)
    .map((row) => ({ row, mels: Float32Array.from(clip(row).frames, (x) => x / MEL_SCALE) }))
}

type Ear = (mels: readonly Float32Array[]) => Promise<Recording[]>

/** Gives the rows of whole patches of features, as unit vectors, with the features themselves. */
async function openEar({ params, config }: LoadedModel): Promise<Ear> {
  const { width } = config.hearing
  const whole = [AUDIO / EAR, EAR]
  const session = await compileProgram(nodeRuntime, { name: 'ear', params }, (p) => {
    const mel = t.input('mel', 'float32', [...whole, config.melWindow])
    const places = { chunk: t.input('audioChunk', 'int32', whole), place: t.input('audioPlace', 'int32', whole) }
    return { rows: rmsNorm(hearWindows(p.at('hear'), mel, places, config).layers[LAYER]!) }
  })
  const cells = CELLS_PER_PATCH * width
  return async (all) => {
    const out: Recording[] = []
    while (out.length < all.length) {
      const arrays = {
        mel: new Float32Array(AUDIO * config.melWindow),
        audioChunk: new Int32Array(AUDIO),
        audioPlace: new Int32Array(AUDIO),
      }
      const batch: { readonly mels: Float32Array; readonly at: readonly number[] }[] = []
      for (let from = 0; out.length + batch.length < all.length; ) {
        const mels = wholePatches(all[out.length + batch.length]!)
        const sound = MelWindows.of(patchesOf(mels))
        if (roomForSound(sound, from).end > AUDIO) break
        const placed = placeSound(sound, from, arrays, config)
        from = placed.end
        batch.push({ mels, at: placed.rows })
      }
      const { rows } = await session.run({
        mel: hostTensor('float32', [...whole, config.melWindow], arrays.mel),
        audioChunk: hostTensor('int32', whole, arrays.audioChunk),
        audioPlace: hostTensor('int32', whole, arrays.audioPlace),
      })
      const data = rows!.data as Float32Array
      for (const { mels, at } of batch) {
        const own = new Float32Array(at.length * cells)
        at.forEach((row, i) => {
          own.set(data.subarray(row * cells, (row + 1) * cells), i * cells)
        })
        out.push({ rows: unitRows(own, width), mels })
      }
    }
    return out
  }
}

const wholePatches = (mels: Float32Array): Float32Array => mels.subarray(0, Math.floor(mels.length / PATCH) * PATCH)

function patchesOf(mels: Float32Array): Float32Array[] {
  return Array.from({ length: mels.length / PATCH }, (_, i) => mels.subarray(i * PATCH, (i + 1) * PATCH))
}

/** Rows of `width` at length one, in place. */
function unitRows(rows: Float32Array, width: number): Float32Array {
  for (let at = 0; at < rows.length; at += width) {
    const row = rows.subarray(at, at + width)
    const size = Math.sqrt(row.reduce((sum, x) => sum + x * x, 1e-12))
    for (let i = 0; i < width; i++) row[i]! /= size
  }
  return rows
}

/** `clips` of what is said in the voice of `speaker`: index rows whose offsets are in samples, and all features. */
async function sayAs(
  { name, license, mels: recorded }: Speaker,
  {
    draw,
    ear,
    clips,
    rng,
  }: { readonly draw: (rng: Rng) => Said; readonly ear: Ear; readonly clips: number; readonly rng: Rng },
): Promise<{ rows: SpeechRow[]; mels: Int16Array }> {
  const recordings = await ear(recorded)
  const colours = recordings.map(({ mels }) => colourOf(mels))
  const session = await compileProgram(nodeRuntime, { name: 'alike', params: {} }, () => {
    const width = recordings[0]!.rows.length / (recordings[0]!.mels.length / (CELL_FRAMES * MEL_BANDS))
    const rows = (which: string, count: string): Tensor => t.input(which, 'float32', [count, width])
    return { alike: t.matmul(rows('said', 'n'), rows('bank', 'm'), { transB: true }) }
  })
  const rows: SpeechRow[] = []
  const made: Int16Array[] = []
  let offset = 0
  while (rows.length < clips) {
    const bank = bankOf(likeOne(recordings, { colours, rng }))
    const width = bank.rows.length / bank.count
    const matrix = (data: Float32Array): HostTensor => hostTensor('float32', [data.length / width, width], data)
    const some = Array.from({ length: Math.min(GROUP, clips - rows.length) }, () => draw(rng))
    const heard = await ear(some.map(({ mels }) => mels))
    for (const [i, { row }] of some.entries()) {
      const { alike } = await session.run({ said: matrix(heard[i]!.rows), bank: matrix(bank.rows) })
      const mels = inVoiceOf(bank, alike!.data as Float32Array)
      const length = (mels.length / MEL_BANDS) * MEL_HOP
      // Only whole patches were said: up to 70 ms at the end are missing.
      const within = (spans: readonly WordTiming[]): WordTiming[] =>
        spans
          .map((span) => ({ ...span, end: Math.min(span.end, length / 16_000) }))
          .filter(({ start, end }) => start < end)
      rows.push({
        ...row,
        id: `${row.id.slice(0, 2)}${name}-${rows.length}`,
        voice: `people/${name}`,
        offset,
        length,
        words: within(row.words),
        phones: within(row.phones ?? []),
        license,
      })
      made.push(Int16Array.from(mels, (x) => Math.max(-32768, Math.min(32767, Math.round(x * MEL_SCALE)))))
      offset += length
    }
  }
  await session.dispose()
  const mels = new Int16Array(made.reduce((sum, { length }) => sum + length, 0))
  made.reduce((at, part) => {
    mels.set(part, at)
    return at + part.length
  }, 0)
  return { rows, mels }
}

/** Features of a recording, in stretches. */
function stretchesOf(samples: Float32Array): Float32Array[] {
  const { data } = logMel(samples)
  const out: Float32Array[] = []
  for (let at = 0; at + 4 * PATCH <= data.length; at += STRETCH_PATCHES * PATCH)
    out.push(wholePatches(data.slice(at, at + STRETCH_PATCHES * PATCH)))
  return out
}

/** Recordings most like a random one, until there are enough: of one speaker, where several recorded a language. */
function likeOne(
  recordings: readonly Recording[],
  { colours, rng }: { readonly colours: readonly Float32Array[]; readonly rng: Rng },
): Recording[] {
  const one = colours[rng.int(colours.length)]!
  const far = colours.map((colour) => colour.reduce((sum, x, b) => sum + (x - one[b]!) ** 2, 0))
  const order = far.map((_, i) => i).sort((a, b) => far[a]! - far[b]!)
  const chosen: Recording[] = []
  for (let i = 0, cells = 0; i < order.length && cells < BANK_CELLS; i++) {
    const recording = recordings[order[i]!]!
    chosen.push(recording)
    cells += recording.mels.length / (CELL_FRAMES * MEL_BANDS)
  }
  return chosen
}

const linesOf = (rows: readonly SpeechRow[]): string => `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`

/** Makes one corpus of what was made for each speaker; says how much it is. */
async function joinSpeakers(out: string, speakers: readonly Speaker[], key: string): Promise<string> {
  const rows: SpeechRow[] = []
  const mels: Buffer[] = []
  let offset = 0
  for (const speaker of speakers) {
    const own = readFileSync(partOf(out, speaker, key, 'jsonl'), 'utf8')
      .split('\n')
      .filter(Boolean)
    for (const line of own) {
      const row = JSON.parse(line) as SpeechRow
      rows.push({ ...row, offset: offset + row.offset })
    }
    offset = rows.at(-1)!.offset + rows.at(-1)!.length
    mels.push(readFileSync(partOf(out, speaker, key, 's16')))
  }
  const manifest: Manifest = {
    name: 'speech-voices',
    created: new Date().toISOString(),
    command: `recipes/build-voices.ts ${process.argv.slice(2).join(' ')}`.trim(),
    sources: speakers.map(({ name, license }) => ({
      name: `speech-people: ${name}`,
      license,
      items: rows.filter(({ voice }) => voice === `people/${name}`).length,
      shipped: true,
    })),
    counts: { 'clips:all': rows.length, 'seconds:all': Math.round(offset / 1600) / 10 },
  }
  await nodeFiles.write(join(out, 'mel.s16'), Buffer.concat(mels))
  await nodeFiles.write(join(out, 'manifest.json'), Buffer.from(`${JSON.stringify(manifest, undefined, 1)}\n`))
  await nodeFiles.write(join(out, 'index.jsonl'), Buffer.from(linesOf(rows)))
  return `${out}: ${rows.length} clips, ${(offset / 16_000 / 3600).toFixed(2)} h`
}

console.log(await main())
