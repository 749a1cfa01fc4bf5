/** @file flite as a library: its utterance structure gives the end of every phone and the word it belongs to. */
import type { WordTiming } from '../../media/types.ts'
import { TonyError } from '../../util/errors.ts'
import { bindSeed, type CLibrary, type Koffi, keptText, loadLibrary, type Pointer, readSamples } from './synth-ffi.ts'
import { PAUSE } from './synth-phones.ts'
import type { SynthEngine } from './synth-types.ts'

/** The voices by name: library and function that makes them. */
const VOICES: Readonly<Record<string, { library: string; register: string }>> = {
  slt: { library: 'libflite_cmu_us_slt.so.1', register: 'register_cmu_us_slt' },
  rms: { library: 'libflite_cmu_us_rms.so.1', register: 'register_cmu_us_rms' },
  awb: { library: 'libflite_cmu_us_awb.so.1', register: 'register_cmu_us_awb' },
  kal: { library: 'libflite_cmu_us_kal.so.1', register: 'register_cmu_us_kal' },
  kal16: { library: 'libflite_cmu_us_kal16.so.1', register: 'register_cmu_us_kal16' },
}

/** Opens flite. */
export function openFlite(koffi: Koffi): SynthEngine {
  const flite = bind(loadLibrary(koffi, 'libflite.so.1', 'flite'))
  flite.init()
  const seed = bindSeed(koffi)
  // flite keeps the addresses of the names it is given.
  const names = {
    stretch: keptText(koffi, 'duration_stretch'),
    pitch: keptText(koffi, 'int_f0_target_mean'),
    shift: keptText(koffi, 'f0_shift'),
  }
  const opened = new Map<string, Voice>()
  const open = (name: string): Voice => {
    let voice = opened.get(name)
    if (voice === undefined) {
      const source = VOICES[name]
      if (source === undefined) {
        throw new TonyError('invalid', `flite: voice '${name}' (expected one of ${Object.keys(VOICES).join(', ')})`)
      }
      const pointer = loadLibrary(koffi, source.library, 'flite').func<(dir: null) => Pointer>(
        `void *${source.register}(const char *dir)`,
      )(null)
      // struct cst_voice { const char *name; cst_features *features; ... }
      const features = koffi.decode(pointer, 8, 'void *') as Pointer
      const stretch = flite.getFloat(features, 'duration_stretch', 1)
      const pitch = flite.getFloat(features, 'int_f0_target_mean', 0)
      voice = { pointer, features, stretch, pitch }
      opened.set(name, voice)
    }
    return voice
  }
  return {
    synthesize({ text, voice: name, rate = 1, pitch = 1 }) {
      const voice = open(name.split('/')[1] ?? '')
      flite.setFloat(voice.features, names.stretch, voice.stretch / rate)
      // Voices with a model of pitch have no mean to aim at; theirs is moved as a whole.
      if (voice.pitch > 0) flite.setFloat(voice.features, names.pitch, voice.pitch * pitch)
      else flite.setFloat(voice.features, names.shift, pitch)
      seed(1)
      const utterance = flite.synth(text, voice.pointer)
      if (utterance === null) throw new TonyError('io', `flite: no speech for '${text}'`)
      try {
        // struct cst_wave { const char *type; int sample_rate; int num_samples; int num_channels; short *samples; }
        const wave = flite.wave(utterance)
        const sampleRate = koffi.decode(wave, 8, 'int') as number
        const length = koffi.decode(wave, 12, 'int') as number
        const samples = readSamples(koffi, koffi.decode(wave, 24, 'void *') as Pointer, length)
        return { samples, sampleRate, ...alignment(flite, utterance, text, length / sampleRate) }
      } finally {
        flite.free(utterance)
      }
    },
  }
}

interface Voice {
  readonly pointer: Pointer
  readonly features: Pointer
  readonly stretch: number
  readonly pitch: number
}

type Flite = ReturnType<typeof bind>

function bind(library: CLibrary) {
  return {
    init: library.func<() => number>('int flite_init()'),
    synth: library.func<(text: string, voice: Pointer) => Pointer>(
      'void *flite_synth_text(const char *text, void *voice)',
    ),
    free: library.func<(utterance: Pointer) => void>('void delete_utterance(void *utterance)'),
    wave: library.func<(utterance: Pointer) => Pointer>('void *utt_wave(void *utterance)'),
    relation: library.func<(utterance: Pointer, name: string) => Pointer>(
      'void *utt_relation(void *utterance, const char *name)',
    ),
    head: library.func<(relation: Pointer) => Pointer>('void *relation_head(void *relation)'),
    next: library.func<(item: Pointer) => Pointer>('void *item_next(void *item)'),
    text: library.func<(item: Pointer, path: string) => string>(
      'const char *ffeature_string(void *item, const char *path)',
    ),
    number: library.func<(item: Pointer, path: string) => number>('float ffeature_float(void *item, const char *path)'),
    getFloat: library.func<(features: Pointer, name: string, otherwise: number) => number>(
      'float flite_get_param_float(void *features, const char *name, float otherwise)',
    ),
    setFloat: library.func<(features: Pointer, name: Pointer, value: number) => void>(
      'void flite_feat_set_float(void *features, const void *name, float value)',
    ),
  }
}

/** Path from a phone to the piece of text it belongs to. */
const TOKEN = 'R:SylStructure.parent.parent.R:Token.parent'

function alignment(
  flite: Flite,
  utterance: Pointer,
  text: string,
  seconds: number,
): { words: WordTiming[]; phones: WordTiming[] } {
  const pieces = text.split(/\s+/).filter((piece) => piece !== '')
  const numbers = tokenNumbers(flite, utterance)
  if (numbers.size !== pieces.length) throw new TonyError('internal', `flite: ${numbers.size} tokens for '${text}'`)
  const spans: ([number, number] | undefined)[] = pieces.map(() => undefined)
  const phones: WordTiming[] = []
  let start = 0
  for (let item = flite.head(flite.relation(utterance, 'Segment')); item !== null; item = flite.next(item)) {
    const end = Math.min(seconds, flite.number(item, 'end'))
    const name = flite.text(item, 'name')
    phones.push({ text: name === PAUSE ? PAUSE : name.toUpperCase(), start, end })
    if (name !== PAUSE) {
      const piece = numbers.get(flite.number(item, `${TOKEN}.file_pos`))
      if (piece === undefined) throw new TonyError('internal', `flite: a phone of '${text}' belongs to no word`)
      spans[piece] = [spans[piece]?.[0] ?? start, end]
    }
    start = end
  }
  const last = phones.pop()
  if (last !== undefined) phones.push({ ...last, end: seconds })
  const words = pieces.map((piece, i) => {
    const span = spans[i]
    if (span === undefined)
      throw new TonyError('invalid', `flite: '${piece}' of '${text}' was not spoken; leave out what has no sound`)
    return { text: piece, start: span[0], end: span[1] }
  })
  return { words, phones }
}

/** The number of each token by its `file_pos`, which differs between any two tokens; flite cuts tokens at white space. */
function tokenNumbers(flite: Flite, utterance: Pointer): Map<number, number> {
  const numbers = new Map<number, number>()
  for (let item = flite.head(flite.relation(utterance, 'Token')); item !== null; item = flite.next(item)) {
    numbers.set(flite.number(item, 'file_pos'), numbers.size)
  }
  return numbers
}
