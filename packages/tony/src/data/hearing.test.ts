import { describe, expect, it } from 'vitest'
import { MEL_BANDS, MEL_SILENCE } from '../media/audio/mel.ts'
import { makeRng } from '../util/rng.ts'
import { excerpt, hear, MEL_SCALE, type MelClip } from './hearing.ts'

/** 100 frames: two words of 40 frames, loud in bands that say which, 10 frames of silence before and after. */
function clip(): MelClip {
  const frames = new Float32Array(100 * MEL_BANDS).fill(MEL_SILENCE)
  for (let f = 10; f < 90; f++) {
    const word = f < 50 ? 0 : 1
    for (let b = 0; b < 20; b++) frames[f * MEL_BANDS + word * 40 + b] = 1.5
  }
  return {
    frames: Int16Array.from(frames, (x) => Math.round(x * MEL_SCALE)),
    ends: [0.5, 0.9],
    phones: [
      { id: 3, start: 0.1, end: 0.5 },
      { id: 7, start: 0.5, end: 0.9 },
    ],
  }
}

/** Mean of a band over the frames of a patch. */
const band = (patch: Float32Array, b: number): number => {
  let sum = 0
  for (let f = 0; f < 8; f++) sum += patch[f * MEL_BANDS + b]!
  return sum / 8
}

describe('hear', () => {
  it('labels words, phones and turns where the sound is, at any speed and with any pause', () => {
    for (let seed = 0; seed < 200; seed++) {
      const { patches, turns, words, phones, framePhones } = hear(makeRng(seed), clip(), { paused: 0.5, noisy: 0 })
      expect(turns).toHaveLength(patches.length)
      expect(words.filter((word) => word >= 0)).toEqual([0, 1])
      // The last patch is silence after the turn, the first is before speech or speech.
      expect(turns.at(-1)).toBe(2)
      patches.forEach((patch, i) => {
        // Loud all along means that the word's phone is named; a phone that is not named is not heard.
        if (band(patch, 10) > 0.8) expect(phones[i]).toContain(3)
        if (band(patch, 50) > 0.8) expect(phones[i]).toContain(7)
        for (const id of framePhones.slice(i * 8, i * 8 + 8)) if (id >= 0) expect(phones[i]).toContain(id)
        if (turns[i] === 1) expect(phones[i]).toEqual([])
        if (phones[i]!.length === 0) expect(Math.max(band(patch, 10), band(patch, 50))).toBeLessThan(0.8)
      })
      const end = words.indexOf(1)
      expect(turns.slice(0, end - 1)).not.toContain(2)
    }
  })

  it('puts a pause of its own label between two words, never after the last', () => {
    const three: MelClip = { ...clip(), ends: [0.3, 0.5, 0.9] }
    let pauses = 0
    for (let seed = 0; seed < 100; seed++) {
      const { turns, words } = hear(makeRng(seed), three, { warped: 0, paused: 1, noisy: 0 })
      const first = turns.indexOf(1)
      if (first < 0) continue
      pauses++
      expect(words.slice(0, first + 1).some((word) => word >= 0)).toBe(true)
      expect(words.slice(first).some((word) => word > 0)).toBe(true)
    }
    expect(pauses).toBeGreaterThan(50)
  })

  it('disguises the speaker without moving what was said', () => {
    const disguised = Array.from({ length: 30 }, (_, seed) =>
      hear(makeRng(seed), clip(), { warped: 0, paused: 0, noisy: 0, disguised: 1 }),
    )
    /** The highest loud band of the second word, whose upper edge is at 59. */
    const edges = disguised.map(({ patches, phones }) => {
      const patch = patches.find((_, i) => phones[i]!.includes(7) && band(patches[i]!, 50) > 0.8)!
      return Array.from({ length: MEL_BANDS }, (_, b) => b).findLast((b) => band(patch, b) > 0.8)!
    })
    expect(new Set(edges).size).toBeGreaterThan(2)
    for (const edge of edges) expect(Math.abs(edge - 59)).toBeLessThanOrEqual(5)
    for (const { patches, words, phones } of disguised) {
      expect(words.filter((word) => word >= 0)).toEqual([0, 1])
      patches.forEach((patch, i) => {
        if (band(patch, 10) > 0.8) expect(phones[i]).toContain(3)
        if (band(patch, 50) > 0.8) expect(phones[i]).toContain(7)
      })
    }
  })

  it('lets a room go on sounding, and takes away what a telephone does not pass', () => {
    const quiet = { warped: 0, paused: 0, noisy: 0 }
    for (let seed = 0; seed < 30; seed++) {
      const energies = (how: object): number[][] => {
        const { patches } = hear(makeRng(seed), clip(), { ...quiet, ...how })
        const frames = patches.flatMap((patch) =>
          Array.from({ length: 8 }, (_, f) => patch.subarray(f * 80, f * 80 + 80)),
        )
        return frames.map((frame) => Array.from(frame))
      }
      // The first word ends at frame 50 and the second is heard in other bands.
      const dry = energies({})
      const wet = energies({ roomy: 1 })
      const last = (frames: number[][]): number => frames.findLastIndex((frame) => frame[50]! > 0.5)
      const end = dry.findLastIndex((frame) => frame[10]! > MEL_SILENCE + 0.01)
      expect(last(wet)).toBeGreaterThanOrEqual(last(dry))
      const tail = [0, 2, 6, 12].map((later) => wet[end + later]![10]!)
      expect(tail).toEqual([...tail].sort((x, y) => y - x))
      expect(tail[1]).toBeGreaterThan(MEL_SILENCE)
      const thin = energies({ narrow: 1 })
      expect(Math.max(...thin.map((frame) => frame[79]!))).toBeCloseTo(MEL_SILENCE, 5)
      expect(Math.max(...thin.map((frame) => frame[15]!))).toBeGreaterThan(0.5)
    }
  })

  it('hears soft voices, and as little of the noise around them', () => {
    const about = (how: object): number[][] =>
      Array.from({ length: 200 }, (_, seed) => {
        const { patches, turns } = hear(makeRng(seed), clip(), { warped: 0, paused: 0, ...how })
        expect(turns).toContain(2)
        const values = patches.flatMap((patch) => Array.from(patch))
        return [Math.max(...values), values.reduce((sum, x) => sum + x, 0) / values.length]
      })
    const mean = (rows: number[][], column: number): number =>
      rows.reduce((sum, row) => sum + row[column]!, 0) / rows.length
    for (const noisy of [0, 1]) {
      const usual = about({ noisy })
      const soft = about({ noisy, soft: 1 })
      // 0 to 6 nepers, three on average, in units of the normalised features.
      expect(mean(usual, 0) - mean(soft, 0)).toBeGreaterThan(0.4)
      expect(mean(usual, 0) - mean(soft, 0)).toBeLessThan(0.8)
      // Between two knocks it is silent either way.
      if (noisy === 1) expect(mean(usual, 1) - mean(soft, 1)).toBeGreaterThan(0.3)
    }
  })

  it('waits for who begins late, with what is around them in the meantime', () => {
    const quiet: boolean[] = []
    for (let seed = 0; seed < 40; seed++) {
      const { patches, turns } = hear(makeRng(seed), clip(), { warped: 0, paused: 0, noisy: 1, waits: 1 })
      const first = turns.findIndex((turn) => turn !== 3)
      expect(first).toBeGreaterThan(5)
      expect(turns.slice(first)).not.toContain(3)
      quiet.push(Math.max(...patches.slice(0, 5).flatMap((patch) => Array.from(patch))) < MEL_SILENCE + 0.01)
    }
    expect(quiet.filter(Boolean).length).toBeLessThan(5)
  })

  it('hears one word of a clip as if nothing else had been said', () => {
    const second = excerpt(clip(), 1, 1)
    expect(second.ends[0]).toBeCloseTo(0.4, 6)
    expect(second.phones.map(({ id }) => id)).toEqual([7])
    expect(second.frames.length / MEL_BANDS).toBe(41)
    const { words, phones, patches } = hear(makeRng(1), second, { warped: 0, paused: 0, noisy: 0 })
    expect(words.filter((word) => word >= 0)).toEqual([0])
    expect(phones.flat()).not.toContain(3)
    expect(Math.max(...patches.map((patch) => band(patch, 50)))).toBeGreaterThan(0.5)
    expect(Math.max(...patches.map((patch) => band(patch, 10)))).toBeLessThan(-1)
    const both = excerpt(clip(), 0, 1)
    expect(both.ends).toEqual(clip().ends)
    expect(both.phones).toEqual(clip().phones)
  })

  it('gives the same for the same generator state', () => {
    expect(hear(makeRng(5), clip())).toEqual(hear(makeRng(5), clip()))
  })
})
