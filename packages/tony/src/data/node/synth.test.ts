import { existsSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { openSynthesizer, SPEECH_RATE, type Synthesizer } from './synth.ts'
import { espeakPhones, PHONES } from './synth-phones.ts'

const LIBRARIES = ['libflite.so.1', 'libespeak-ng.so.1'].every((name) =>
  ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib'].some((folder) =>
    existsSync(`${folder}/${name}`),
  ),
)
/** Tests download nothing: they need flite, espeak-ng and what `recipes/build-speech.ts` has put into the cache. */
const READY = LIBRARIES && existsSync('.cache/speech/npm/node_modules/koffi/package.json')

const VOICES = [
  'flite/slt',
  'flite/awb',
  'flite/rms',
  'flite/kal',
  'flite/kal16',
  'espeak/en-us+f3',
  'espeak/en-gb+m2',
  'espeak/en-gb-scotland+m3',
]
const TEXT = "One of the dogs isn't in the house, is it? Twenty-one!"

describe.skipIf(!READY)('synthesize (needs flite, espeak-ng and a filled .cache)', () => {
  let synthesizer: Synthesizer
  beforeAll(async () => {
    synthesizer = await openSynthesizer('.cache', () => {})
  })
  it.each(VOICES)('%s: a span for every word, phones without gaps', (voice) => {
    const { samples, words, phones } = synthesizer.synthesize({ text: TEXT, voice, rate: 1.1, pitch: 0.9 })
    const seconds = samples.length / SPEECH_RATE
    expect(words.map((word) => word.text)).toEqual(TEXT.split(' '))
    let last = 0
    for (const { start, end } of words) {
      expect(start).toBeGreaterThanOrEqual(last - 1e-9)
      expect(end).toBeGreaterThan(start)
      last = end
    }
    let at = 0
    for (const phone of phones) {
      expect(PHONES).toContain(phone.text)
      expect(phone.start).toBeCloseTo(at, 6)
      at = phone.end
    }
    expect(Math.abs(at - seconds)).toBeLessThan(0.001)
    expect(last).toBeLessThanOrEqual(seconds)
  })
  it.each(VOICES)('%s: words begin within 40 ms of where sound begins', (voice) => {
    // Long stops at commas; words that begin with a voiced sound.
    const { samples, words } = synthesizer.synthesize({ text: 'Man, lion, winter, morning, animal.', voice })
    const hop = SPEECH_RATE / 200
    const energy = Array.from({ length: Math.floor(samples.length / hop) }, (_, i) =>
      samples.subarray(i * hop, (i + 1) * hop).reduce((sum, value) => sum + value * value, 0),
    )
    const errors = words.map((word) => {
      const from = Math.max(0, Math.round(word.start * 200) - 30)
      const loud = Math.max(...energy.slice(from, Math.round(word.end * 200))) * 0.005
      return energy.findIndex((value, i) => i >= from && value > loud && energy[i + 3]! > loud) / 200 - word.start
    })
    // rms breathes in before it speaks.
    if (voice !== 'flite/rms') for (const error of errors) expect(Math.abs(error)).toBeLessThanOrEqual(0.04)
  })
  it('gives the same samples again, whatever was said between', () => {
    for (const voice of ['flite/slt', 'flite/kal16', 'espeak/en-us+f3']) {
      const first = synthesizer.synthesize({ text: 'Hello there.', voice })
      synthesizer.synthesize({ text: 'Another text.', voice, rate: 0.8, pitch: 1.3 })
      expect(synthesizer.synthesize({ text: 'Hello there.', voice }).samples).toEqual(first.samples)
    }
  })
  it('speaks faster and slower', () => {
    for (const voice of ['flite/awb', 'espeak/en-us']) {
      const length = (rate: number): number =>
        synthesizer.synthesize({ text: 'The cat is on the table.', voice, rate }).samples.length
      expect(length(0.8)).toBeGreaterThan(length(1.2) * 1.2)
    }
  })
  it('refuses voices that do not exist', () => {
    for (const voice of ['flite/nobody', 'espeak/xx-none', 'other/voice'])
      expect(() => synthesizer.synthesize({ text: 'Hello.', voice })).toThrow(/voice/)
  })
})

describe('espeakPhones', () => {
  it('maps mnemonics to the common list', () => {
    expect(espeakPhones('oU')).toEqual(['OW'])
    expect(espeakPhones('@L')).toEqual(['AX', 'L'])
    expect(espeakPhones('_:')).toEqual([])
    expect(() => espeakPhones('?!')).toThrow(/table/)
  })
})
