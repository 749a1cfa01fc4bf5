import { describe, expect, it } from 'vitest'
import { MEL_BANDS } from '../media/audio/mel.ts'
import { bankOf, CELL_FRAMES, colourOf, inVoiceOf, type Recording } from './voice-exchange.ts'

const CELL = CELL_FRAMES * MEL_BANDS

/** A recording whose cells are sounds 0 to 3, in the voice of one whose features are `level` and the sound. */
function recording(sounds: readonly number[], level: number): Recording {
  const rows = new Float32Array(sounds.length * 4)
  const mels = new Float32Array(sounds.length * CELL)
  sounds.forEach((sound, i) => {
    rows[i * 4 + sound] = 1
    mels.fill(level + sound / 10, i * CELL, (i + 1) * CELL)
  })
  return { rows, mels }
}

/** How alike the cells of `said` are to those of a bank: 1 for the same sound, less for others. */
const alikeTo = (said: readonly number[], sounds: readonly number[]): Float32Array =>
  Float32Array.from(said.flatMap((sound) => sounds.map((other) => (sound === other ? 1 : 0.1))))

const soundsOf = (mels: Float32Array, level: number): number[] =>
  Array.from({ length: mels.length / CELL }, (_, i) => Math.round((mels[i * CELL]! - level) * 10))

describe('inVoiceOf', () => {
  it('says the same sounds with the features of the other speaker', () => {
    const bank = bankOf([recording([3, 1, 0], 2), recording([2, 2], 2)])
    expect(bank.count).toBe(5)
    expect(soundsOf(inVoiceOf(bank, alikeTo([0, 1, 2, 3, 3], [3, 1, 0, 2, 2])), 2)).toEqual([0, 1, 2, 3, 3])
  })

  it('prefers what was said in one go, but not across recordings', () => {
    // Sound 1 stands alone at another level, and after a 0.
    const sounds = [1, 0, 1]
    const apart: Recording[] = [recording([1], 5), recording([0, 1], 2)]
    const bank = bankOf(apart)
    expect([...bank.goesOn]).toEqual([0, 1, 0])
    const mels = inVoiceOf(bank, alikeTo([0, 1], sounds))
    expect(mels[CELL]).toBeCloseTo(2.1, 5)
  })

  it('takes what it has where the sound is missing, and says so where it has nothing', () => {
    const bank = bankOf([recording([0], 1)])
    expect(soundsOf(inVoiceOf(bank, alikeTo([2, 0], [0])), 1)).toEqual([0, 0])
    expect(inVoiceOf(bank, new Float32Array(0))).toHaveLength(0)
    expect(() => inVoiceOf(bankOf([]), new Float32Array(0))).toThrow(/no cells/)
  })
})

describe('colourOf', () => {
  it('tells speakers apart whatever the level and the silence around them', () => {
    const spoken = (tilt: number, level: number, silence: number): Float32Array => {
      const mels = new Float32Array((20 + silence) * MEL_BANDS).fill(-1.3)
      for (let f = 0; f < 20; f++)
        for (let b = 0; b < MEL_BANDS; b++) mels[f * MEL_BANDS + b] = level * (1 + (tilt * (b - 40)) / 40)
      return mels
    }
    const distance = (a: Float32Array, b: Float32Array): number => a.reduce((sum, x, i) => sum + (x - b[i]!) ** 2, 0)
    const one = colourOf(spoken(0.5, 1, 5))
    expect(distance(one, colourOf(spoken(0.5, 2, 50)))).toBeLessThan(1e-6)
    expect(distance(one, colourOf(spoken(-0.5, 1, 5)))).toBeGreaterThan(0.1)
  })
})
