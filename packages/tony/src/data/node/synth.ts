/** @file Speech synthesis with exact word and phone times: flite and espeak-ng, called as shared libraries. */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { resample } from '../../media/audio/resample.ts'
import { TonyError } from '../../util/errors.ts'
import { installNpm, type Report } from './pictures-packages.ts'
import { openEspeak } from './synth-espeak.ts'
import type { Koffi } from './synth-ffi.ts'
import { openFlite } from './synth-flite.ts'
import type { SynthEngine, SynthRequest, SynthResult } from './synth-types.ts'

/** Rate of all synthesised speech, in hertz. */
export const SPEECH_RATE = 16000

/** All engines of this machine behind one call. */
export interface Synthesizer {
  synthesize(request: SynthRequest): SynthResult
}

const KOFFI = 'koffi@3.3.4'

/**
 * Opens flite and espeak-ng (Debian packages `flite` and `espeak-ng`). The npm package koffi, which calls them, is put into `cache`.
 *
 * @throws TonyError `missing_dependency` where a library is not installed.
 */
export async function openSynthesizer(cache: string, report: Report): Promise<Synthesizer> {
  const modules = await installNpm(join(cache, 'speech'), [KOFFI], report)
  // An untyped CommonJS package outside the workspace: `Koffi` lists the part of it that is used.
  const koffi = createRequire(join(modules, 'koffi/package.json'))('koffi') as Koffi
  const engines: Readonly<Record<string, SynthEngine>> = { flite: openFlite(koffi), espeak: openEspeak(koffi) }
  return {
    synthesize(request) {
      const engine = engines[request.voice.split('/')[0] ?? '']
      if (engine === undefined) {
        throw new TonyError('invalid', `synthesize: voice '${request.voice}' (expected flite/NAME or espeak/NAME)`)
      }
      const { samples, sampleRate, words, phones } = engine.synthesize(request)
      return { samples: toSpeechRate(samples, sampleRate), words, phones }
    },
  }
}

/** Loudness of clips whose voices differ by a factor of ten, as the root of the mean square. */
const LOUDNESS = 0.08

/** A clip at `LOUDNESS`, as 16-bit samples. */
export function evened(samples: Float32Array): Int16Array {
  const square = samples.reduce((sum, value) => sum + value * value, 0) / Math.max(1, samples.length)
  const gain = LOUDNESS / Math.max(1e-4, Math.sqrt(square))
  return Int16Array.from(samples, (value) => Math.max(-32768, Math.min(32767, Math.round(value * gain * 32768))))
}

/** Samples at any rate as samples at 16 kHz. */
export function toSpeechRate(samples: Int16Array, sampleRate: number): Int16Array {
  if (sampleRate === SPEECH_RATE) return samples
  const resampled = resample({ samples: Float32Array.from(samples), sampleRate }, SPEECH_RATE).samples
  return Int16Array.from(resampled, (value) => Math.max(-32768, Math.min(32767, Math.round(value))))
}
