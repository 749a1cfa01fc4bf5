/**
 * @file Gnuspeech (Hill, Manzara & Schock): a tube in the shape of a vocal tract, driven by rules for English. No recording
 * limits who speaks: length and width of the tract, the pulse of the glottis, breath and pitch are numbers.
 */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseWav } from '../../media/audio/wav.ts'
import type { AudioClip } from '../../media/types.ts'
import { TonyError } from '../../util/errors.ts'
import { makeRng } from '../../util/rng.ts'
import { installNpm, type Report } from './pictures-packages.ts'

const PACKAGE = '@echogarden/gnuspeech-wasm'
const VERSION = '0.3.0'
/** Where the module keeps its dictionary and its settings. */
const DATA = '/data/en'

/** What of the compiled module is called: Emscripten's file system and memory, and the one function of the library. */
interface GnuspeechModule {
  readonly FS: {
    writeFile(path: string, text: string): void
    readFile(path: string): Uint8Array
  }
  readonly HEAPU8: Uint8Array
  _malloc(bytes: number): number
  _free(address: number): void
  _GnuSpeech_synthesizeToFile(text: number, wav: number, config: number, params: number, debug: number): void
}

/** Says a text as speaker `speaker`, any whole number from 0, at `rate` times the usual speed. */
export type Gnuspeech = (text: string, how: { readonly speaker: number; readonly rate: number }) => AudioClip

/**
 * Opens Gnuspeech; its npm package is put into `cache`.
 *
 * @throws TonyError `missing_dependency` where the package cannot be had.
 */
export async function openGnuspeech(cache: string, report: Report): Promise<Gnuspeech> {
  const modules = await installNpm(join(cache, 'speech'), [`${PACKAGE}@${VERSION}`], report)
  const compiled = pathToFileURL(join(modules, PACKAGE, 'wasm/gnuspeech.js')).href
  const { default: initialize } = (await import(compiled)) as { default: () => Promise<GnuspeechModule> }
  const gnuspeech = await initialize()
  const text = (value: string): number => {
    const bytes = new TextEncoder().encode(`${value}\0`)
    const address = gnuspeech._malloc(bytes.length)
    gnuspeech.HEAPU8.set(bytes, address)
    return address
  }
  return (said, { speaker, rate }) => {
    const { tract, control } = speakerOf(speaker, rate)
    gnuspeech.FS.writeFile(`${DATA}/voice_male.txt`, tract)
    gnuspeech.FS.writeFile(`${DATA}/trm_control_model.txt`, control)
    const given = [said, './out.wav', DATA, './out.txt'].map(text)
    const [words, wav, config, params] = given as [number, number, number, number]
    gnuspeech._GnuSpeech_synthesizeToFile(words, wav, config, params, 0)
    for (const address of given) gnuspeech._free(address)
    const clip = parseWav(gnuspeech.FS.readFile('./out.wav'))
    if (clip.samples.length === 0) throw new TonyError('io', `gnuspeech: no speech for '${said}'`)
    return clip
  }
}

/** The settings of a speaker, as the library's files have them: a child, a woman or a man, and no two alike. */
export function speakerOf(speaker: number, rate: number): { readonly tract: string; readonly control: string } {
  const rng = makeRng(0x9e + speaker)
  const between = (low: number, high: number): number => low + (high - low) * rng.next()
  const length = between(12, 19)
  // Longer tracts go with lower voices, but not always.
  const pitch = -14 + (19 - length) * 2.2 + between(-4, 4)
  const settings: Readonly<Record<string, number>> = {
    vocal_tract_length: length,
    glottal_pulse_tp: between(30, 48),
    glottal_pulse_tn_min: between(14, 26),
    glottal_pulse_tn_max: between(26, 40),
    reference_glottal_pitch: pitch,
    breathiness: between(0.2, 5),
    aperture_radius: between(2.6, 3.5),
    nose_radius_1: between(1.1, 1.6),
    nose_radius_2: between(1.6, 2.3),
    nose_radius_3: between(1.6, 2.2),
    nose_radius_4: between(1.1, 1.6),
    nose_radius_5: between(0.6, 0.9),
    global_nose_radius_coef: 1,
    ...Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`radius_${i + 1}_coef`, between(0.85, 1.18)])),
    global_radius_coef: 1,
  }
  const control: Readonly<Record<string, string | number>> = {
    control_rate: '250.0',
    voice_name: 'male',
    tempo: rate.toFixed(3),
    pitch_offset: '0.0',
    drift_deviation: between(0.3, 1.5).toFixed(3),
    drift_lowpass_cutoff: '0.5',
    micro_intonation: 1,
    macro_intonation: 1,
    intonation_drift: 1,
    random_intonation: 1,
    notional_pitch: '2.0',
    pretonic_range: between(-4, 0).toFixed(3),
    pretonic_lift: between(1, 6).toFixed(3),
    tonic_range: between(-12, -4).toFixed(3),
    tonic_movement: between(1, 6).toFixed(3),
    dictionary_1_file: 'none',
    dictionary_2_file: 'none',
    dictionary_3_file: 'MainDictionary.txt',
  }
  const lines = (rows: Readonly<Record<string, string | number>>): string =>
    Object.entries(rows)
      .map(([name, value]) => `${name} = ${value}\n`)
      .join('')
  return {
    tract: lines(Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, value.toFixed(3)]))),
    control: lines(control),
  }
}
