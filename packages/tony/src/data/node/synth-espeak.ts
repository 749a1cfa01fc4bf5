/** @file espeak-ng as a library: its word and phone events carry the sample at which each begins. */
import type { WordTiming } from '../../media/types.ts'
import { TonyError } from '../../util/errors.ts'
import { bindSeed, type CType, type Koffi, loadLibrary, type Pointer, readSamples } from './synth-ffi.ts'
import { espeakPhones, PAUSE } from './synth-phones.ts'
import type { SynthEngine } from './synth-types.ts'

/** Numbers of speak_lib.h. */
const SYNCHRONOUS = 2
const PHONEME_EVENTS = 1
const DONT_EXIT = 0x8000
const CHARS_UTF8 = 1
const POSITION_CHARACTER = 1
const RATE = 1
const PITCH = 3
const EVENT_END = 0
const EVENT_WORD = 1
const EVENT_PHONE = 7
/** espeak-ng's usual words a minute and pitch. */
const USUAL_RATE = 170
const USUAL_PITCH = 50
/** Silence put before and after, in seconds: espeak-ng begins at once. */
const MARGIN = 0.1
/** espeak-ng 1.51 knows English of Great Britain as `en` only. */
const ALIASES: Readonly<Record<string, string>> = { 'en-gb': 'en' }

interface EspeakEvent {
  readonly type: number
  /** From 1, in characters. */
  readonly text_position: number
  readonly length: number
  readonly sample: number
  readonly id: string
}

/** A word or phone event. */
interface Mark {
  readonly start: number
  readonly end: number
  readonly name: string
}

/** Opens espeak-ng. */
export function openEspeak(koffi: Koffi): SynthEngine {
  const espeak = bind(koffi)
  const sampleRate = espeak.initialize(SYNCHRONOUS, 0, null, PHONEME_EVENTS | DONT_EXIT)
  if (sampleRate <= 0)
    throw new TonyError(
      'missing_dependency',
      `espeak: cannot start, got ${sampleRate}; run 'apt-get install espeak-ng'`,
    )
  let chunks: Int16Array[] = []
  let events: EspeakEvent[] = []
  espeak.listen((wave, length, list) => {
    if (wave !== null && length > 0) chunks.push(readSamples(koffi, wave, length))
    for (let i = 0; ; i++) {
      const event = koffi.decode(list, i * espeak.eventSize, espeak.event) as EspeakEvent
      if (event.type === EVENT_END) return 0
      events.push(event)
    }
  })

  const speak = (
    text: string,
    voice: string,
    rate: number,
    pitch: number,
  ): { samples: Int16Array; events: EspeakEvent[] } => {
    chunks = []
    events = []
    espeak.seed(1)
    const [base = '', variant] = voice.split('+')
    const name = (ALIASES[base] ?? base) + (variant === undefined ? '' : `+${variant}`)
    if (espeak.setVoice(name) !== 0)
      throw new TonyError('invalid', `espeak: voice '${voice}' is unknown (expected LANGUAGE+VARIANT)`)
    espeak.setParameter(RATE, Math.round(USUAL_RATE * rate), 0)
    espeak.setParameter(PITCH, Math.max(0, Math.min(99, Math.round(USUAL_PITCH * pitch))), 0)
    const size = new TextEncoder().encode(text).length + 1
    if (espeak.synth(text, size, 0, POSITION_CHARACTER, 0, CHARS_UTF8, null, null) !== 0)
      throw new TonyError('io', `espeak: no speech for '${text}'`)
    const samples = new Int16Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
    let at = 0
    for (const chunk of chunks) {
      samples.set(chunk, at)
      at += chunk.length
    }
    return { samples, events }
  }

  const counts = new Map<string, number>()
  /** Phones of a word spoken alone. */
  const phoneCount = (word: string): number => {
    let count = counts.get(word)
    if (count === undefined) {
      count = speak(word, 'en-us', 1, 1).events.filter(
        (event) => event.type === EVENT_PHONE && !isPause(event.id),
      ).length
      counts.set(word, count)
    }
    return count
  }

  return {
    synthesize({ text, voice, rate = 1, pitch = 1 }) {
      const spoken = speak(text, voice.slice(voice.indexOf('/') + 1), rate, pitch)
      const pieces = [...text.matchAll(/\S+/g)].map((match) => ({
        text: match[0],
        start: match.index,
        end: match.index + match[0].length,
      }))
      const groups = pieceGroups(spoken.events, spoken.samples.length, pieces)
      const margin = Math.round(MARGIN * sampleRate)
      const samples = new Int16Array(spoken.samples.length + 2 * margin)
      samples.set(spoken.samples, margin)
      const seconds = (sample: number): number => (sample + margin) / sampleRate
      const words: WordTiming[] = []
      for (const group of groups) {
        const members = pieces.slice(group.first, group.last + 1)
        const cuts = cutGroup(
          group.phones.length,
          members.length === 1 ? [1] : members.map((piece) => phoneCount(bare(piece.text))),
        )
        members.forEach((piece, i) => {
          const from = group.phones[cuts[i]!]
          const to = group.phones[cuts[i + 1]! - 1]
          if (from === undefined || to === undefined)
            throw new TonyError('invalid', `espeak: '${piece.text}' of '${text}' was not spoken`)
          words.push({ text: piece.text, start: seconds(from.start), end: seconds(to.end) })
        })
      }
      return {
        samples,
        sampleRate,
        words,
        phones: phoneTimings(spoken.events, spoken.samples.length, seconds, samples.length / sampleRate),
      }
    },
  }
}

interface Espeak {
  readonly event: CType
  readonly eventSize: number
  initialize(output: number, buffer: number, path: string | null, options: number): number
  setVoice(name: string): number
  setParameter(parameter: number, value: number, relative: number): number
  synth(text: string, size: number, at: number, kind: number, end: number, flags: number, id: null, user: null): number
  /** libc's `srand`: breath is made of random numbers. */
  seed(value: number): void
  listen(callback: (wave: Pointer, length: number, events: Pointer) => number): void
}

function bind(koffi: Koffi): Espeak {
  const library = loadLibrary(koffi, 'libespeak-ng.so.1', 'espeak-ng')
  const event = koffi.struct('TonyEspeakEvent', {
    type: 'int',
    unique_identifier: 'unsigned int',
    text_position: 'int',
    length: 'int',
    audio_position: 'int',
    sample: 'int',
    user_data: 'void *',
    id: koffi.array('char', 8, 'String'),
  })
  const callbackType = koffi.proto('int TonyEspeakCallback(void *wave, int length, void *events)')
  const setCallback = library.func<(callback: CType) => void>(
    'void espeak_SetSynthCallback(TonyEspeakCallback *callback)',
  )
  return {
    event,
    eventSize: koffi.sizeof(event),
    initialize: library.func('int espeak_Initialize(int output, int buffer, const char *path, int options)'),
    setVoice: library.func('int espeak_SetVoiceByName(const char *name)'),
    setParameter: library.func('int espeak_SetParameter(int parameter, int value, int relative)'),
    synth: library.func(
      'int espeak_Synth(const char *text, size_t size, unsigned int at, int kind, unsigned int end, unsigned int flags, void *id, void *user)',
    ),
    seed: bindSeed(koffi),
    listen: (callback) => setCallback(koffi.register(callback, koffi.pointer(callbackType))),
  }
}

function isPause(id: string): boolean {
  return espeakPhones(id).length === 0
}

/** Phone events with their ends: each lasts until the next one or the end. */
function phoneMarks(events: readonly EspeakEvent[], length: number): Mark[] {
  const phones = events.filter((event) => event.type === EVENT_PHONE)
  return phones.map((event, i) => ({ name: event.id, start: event.sample, end: phones[i + 1]?.sample ?? length }))
}

/**
 * The phones of each run of pieces that espeak-ng spoke as one: it says some pairs ("of the") as a single word,
 * so that the second has no event of its own.
 */
function pieceGroups(
  events: readonly EspeakEvent[],
  length: number,
  pieces: readonly { readonly text: string; readonly start: number; readonly end: number }[],
): { first: number; last: number; phones: Mark[] }[] {
  const groups: { first: number; last: number; from: number; phones: Mark[] }[] = []
  for (const event of events) {
    if (event.type !== EVENT_WORD || event.length === 0) continue
    const piece = pieces.findIndex(({ end }) => event.text_position - 1 < end)
    const previous = groups.at(-1)
    // A second event inside one piece ("twenty-one").
    if (piece < 0 || (previous !== undefined && piece <= previous.first)) continue
    groups.push({ first: piece, last: piece, from: event.sample, phones: [] })
  }
  groups.forEach((group, i) => {
    group.last = (groups[i + 1]?.first ?? pieces.length) - 1
  })
  for (const mark of phoneMarks(events, length)) {
    if (!isPause(mark.name)) groups.findLast((group) => group.from <= mark.start)?.phones.push(mark)
  }
  if (groups[0] !== undefined) groups[0].first = 0
  return groups
}

/** Where to cut `count` phones into words that have `weights` phones when spoken alone: `weights.length + 1` indices. */
function cutGroup(count: number, weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  let sum = 0
  const cuts = [0]
  for (const weight of weights) {
    sum += weight
    cuts.push(Math.round((sum / total) * count))
  }
  return cuts
}

function phoneTimings(
  events: readonly EspeakEvent[],
  length: number,
  seconds: (sample: number) => number,
  end: number,
): WordTiming[] {
  const timings: { text: string; start: number; end: number }[] = [{ text: PAUSE, start: 0, end: seconds(0) }]
  for (const mark of phoneMarks(events, length)) {
    const names = espeakPhones(mark.name)
    const parts = names.length === 0 ? [PAUSE] : names
    parts.forEach((text, i) => {
      const at = (share: number): number => seconds(mark.start + (share / parts.length) * (mark.end - mark.start))
      const previous = timings.at(-1)!
      if (text === PAUSE && previous.text === PAUSE) previous.end = at(i + 1)
      else timings.push({ text, start: at(i), end: at(i + 1) })
    })
  }
  const last = timings.at(-1)!
  if (last.text === PAUSE) last.end = end
  else timings.push({ text: PAUSE, start: last.end, end })
  return timings
}

function bare(word: string): string {
  return word.replace(/[^\p{L}\p{N}'-]/gu, '')
}
