import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { makeRng } from '../../util/rng.ts'
import { FESTIVAL_VOICES, type Pairs, recordedPairs, soundsFor, speakWithFestival } from './synth-festival.ts'
import { PHONES } from './synth-phones.ts'

const spans = (phones: string): { text: string; start: number; end: number }[] =>
  phones.split(' ').map((text, i) => ({ text, start: i / 10, end: (i + 1) / 10 }))

/** Every pair is on record but those of `lacking`. */
const allBut = (...lacking: string[]): Pairs => ({ has: (pair: string) => !lacking.includes(pair) }) as Pairs
const names = (voice: string, phones: string, recorded: Pairs): string =>
  soundsFor(voice, spans(phones), recorded)
    .map(({ name }) => name)
    .join(' ')

describe('soundsFor', () => {
  it('has a sound for every phone in every voice', () => {
    for (const voice of Object.keys(FESTIVAL_VOICES))
      for (const phone of PHONES)
        expect(soundsFor(voice, spans(`AA ${phone}`), allBut()).length, `${voice} ${phone}`).toBeGreaterThan(0)
  })
  it('takes the nearest sound whose pairs are on record', () => {
    expect(names('dita', 'pau D AO G pau', allBut())).toBe('# d o g #')
    expect(names('dita', 'pau D AO G pau', allBut('g-#'))).toBe('# d o k #')
    // Where nothing better is on record the nearest sound stays.
    expect(names('dita', 'pau D AO G pau', allBut('g-#', 'k-#'))).toBe('# d o g #')
  })
  it('keeps the length: two sounds share a phone, and one that has no sound leaves its time to the one before', () => {
    const sounds = soundsFor('lp', spans('pau HH AY pau'), allBut())
    expect(sounds.map(({ name }) => name)).toEqual(['#', 'a1', 'i', '#'])
    expect(sounds.map(({ seconds }) => Math.round(seconds * 1000))).toEqual([200, 50, 50, 100])
  })
  it('refuses voices and phones that it does not know', () => {
    expect(() => soundsFor('nobody', spans('AA'), allBut())).toThrow(/expected one of ked/)
    expect(() => soundsFor('ked', spans('XX'), allBut())).toThrow(/XX/)
  })
})

const installed = Object.keys(FESTIVAL_VOICES).filter((voice) =>
  existsSync(`/usr/share/festival/voices/${FESTIVAL_VOICES[voice]!.recordings}`),
)

describe('recordedPairs', () => {
  it.skipIf(installed.length === Object.keys(FESTIVAL_VOICES).length)(
    'names the package of a voice that is missing',
    () => {
      const voice = Object.keys(FESTIVAL_VOICES).find((name) => !installed.includes(name))!
      expect(() => recordedPairs(voice)).toThrow(/apt-get install -y festival festvox-/)
    },
  )
})

describe.skipIf(installed.length === 0)('speakWithFestival (needs festival and one of its voices)', () => {
  it.each(installed)('%s: says phones as long as it was told, one after the other', (voice) => {
    const pairs = recordedPairs(voice)
    expect(pairs.size).toBeGreaterThan(1000)
    const long = spans('pau HH AX L OW pau')
    const clips = speakWithFestival(
      makeRng(1),
      voice,
      [
        { phones: long, pitch: 1 },
        { phones: spans('pau Y EH S pau'), pitch: 1.2 },
      ],
      pairs,
    )
    const seconds = clips.map(({ samples, sampleRate }) => samples.length / sampleRate)
    expect(Math.abs(seconds[0]! - 0.6)).toBeLessThan(0.1)
    expect(Math.abs(seconds[1]! - 0.5)).toBeLessThan(0.1)
    for (const { samples } of clips) expect(samples.some((value) => Math.abs(value) > 0.02)).toBe(true)
  })
})
