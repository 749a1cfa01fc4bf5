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
  // kal has sound up to 4 kHz only, where S is weak; its phones last as long as those of kal16.
  it.each(VOICES.filter((voice) => voice !== 'flite/kal'))(
    '%s: phones end within 40 ms of where the sound changes',
    (voice) => {
      const { samples, phones } = synthesizer.synthesize({
        text: 'A sad sun, a sofa, a silly song, I see a city.',
        voice,
      })
      const hop = SPEECH_RATE / 200
      // Energy of the difference against the energy, every 5 ms: high in S, low in vowels.
      const hiss = Array.from({ length: Math.floor(samples.length / hop) }, (_, i) => {
        const [energy, high] = samples
          .subarray(i * hop, (i + 1) * hop)
          .reduce(([e, h], value, j, part) => [e + value ** 2, h + (value - (part[j - 1] ?? value)) ** 2] as const, [
            1, 0,
          ] as readonly [number, number])
        return high / energy
      })
      const sum = (from: number, to: number): number => hiss.slice(Math.max(0, from), to).reduce((a, b) => a + b, 0)
      const found = phones.filter((phone, i) => phone.text === 'S' && /^[AEIOU]/.test(phones[i + 1]?.text ?? ''))
      expect(found.length).toBeGreaterThanOrEqual(5)
      const late = found.filter(({ end }) => {
        const near = Array.from({ length: 41 }, (_, i) => Math.round(end * 200) - 20 + i)
        const steps = near.map((at) => sum(at - 6, at) - sum(at, at + 6))
        return Math.abs(near[steps.indexOf(Math.max(...steps))]! / 200 - end) > 0.04
      })
      expect(late.length).toBe(0)
    },
  )
  it('gives the same again, whatever was said between', () => {
    for (const voice of ['flite/slt', 'flite/kal16', 'espeak/en-us+f3']) {
      const first = synthesizer.synthesize({ text: 'Hello there.', voice })
      synthesizer.synthesize({ text: 'Another text.', voice, rate: 0.8, pitch: 1.3 })
      const second = synthesizer.synthesize({ text: 'Hello there.', voice })
      if (voice.startsWith('flite/')) expect(second).toEqual(first)
      else for (const [i, word] of second.words.entries()) expect(word.end).toBeCloseTo(first.words[i]!.end, 2)
    }
  })
  it('speaks faster and slower', () => {
    for (const voice of ['flite/awb', 'espeak/en-us']) {
      const length = (rate: number): number =>
        synthesizer.synthesize({ text: 'The cat is on the table.', voice, rate }).samples.length
      expect(length(0.8)).toBeGreaterThan(length(1.2) * 1.2)
    }
  })
  it.each(['flite/slt', 'flite/awb', 'flite/kal16', 'espeak/en-us+m3'])('%s: speaks higher and lower', (voice) => {
    const pitchAt = (pitch: number): number => {
      const { samples } = synthesizer.synthesize({ text: 'The cat is in the garden today.', voice, pitch })
      return medianPitch(samples)
    }
    expect(pitchAt(1.3) / pitchAt(0.8)).toBeGreaterThan(1.2)
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

/** The median of the pitch of loud stretches of 64 ms in Hz: the shift at which each is most like itself. */
function medianPitch(samples: Int16Array): number {
  const found: number[] = []
  for (let from = 0; from + 1024 <= samples.length; from += 800) {
    const part = samples.subarray(from, from + 1024)
    if (part.reduce((sum, v) => sum + v * v, 0) < 1e9) continue
    let [best, most] = [0, 0]
    for (let shift = Math.floor(SPEECH_RATE / 300); shift < SPEECH_RATE / 60; shift++) {
      let same = 0
      for (let i = 0; i + shift < part.length; i++) same += part[i]! * part[i + shift]!
      if (same > most) [best, most] = [shift, same]
    }
    found.push(SPEECH_RATE / best)
  }
  return found.sort((a, b) => a - b)[found.length >> 1]!
}
