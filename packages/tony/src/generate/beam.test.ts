import { describe, expect, it } from 'vitest'
import { config, tokenizer } from '../../../../test/helpers/tiny-omni.ts'
import { controlId, vocabSize } from '../models/omni/config.ts'
import { makeRng } from '../util/rng.ts'
import { type BeamOptions, beamSearch } from './beam.ts'
import { OmniState } from './task.ts'
import type { WrittenToken } from './types.ts'

const END = controlId(config, '<|end|>')

/** The probabilities of what follows a text; what is left out never does. */
type Language = (text: string) => Readonly<Record<string, number>>

/** A network of which only the words matter; it knows a state by what was read into it, and counts those in use. */
function search(language: Language, width: number, options: Partial<BeamOptions> = {}) {
  const texts = new Map<OmniState, string>()
  const look = (state: OmniState): void => {
    state.logits = new Float32Array(vocabSize(config)).fill(-1e9)
    for (const [next, probability] of Object.entries(language(texts.get(state)!)))
      state.logits[next === '.' ? END : next.charCodeAt(0)] = Math.log(probability)
  }
  const begin = new OmniState()
  texts.set(begin, '')
  look(begin)
  const states = {
    fork: (state: OmniState): OmniState => {
      const twin = new OmniState()
      texts.set(twin, texts.get(state)!)
      return twin
    },
    free: (state: OmniState): void => void texts.delete(state),
  }
  const deltas: string[] = []
  const tokens: WrittenToken[] = []
  const most: number[] = []
  const task = beamSearch({ config, tokenizer }, begin, {
    maxPositions: 20,
    ...options,
    beams: { width, states },
    emit: (event) => {
      if (event.type !== 'text') return
      deltas.push(event.delta)
      tokens.push(...(event.tokens ?? []))
    },
  })
  let end: object | undefined
  for (let next = task.next(); ; next = task.next()) {
    if (next.done === true) {
      end = next.value
      break
    }
    if (next.value.kind !== 'read-all') throw new Error('it only reads')
    most.push(next.value.reads.length)
    for (const { state, elements } of next.value.reads) {
      for (const e of elements) if (e.kind === 'token') texts.set(state, texts.get(state)! + String.fromCharCode(e.id))
      look(state)
    }
  }
  return { text: deltas.join(''), deltas, tokens, end, most, left: texts.size }
}

/** After `a`, which is likelier, nothing is certain; after `b` all is. */
const garden: Language = (text) => {
  if (text === '') return { a: 0.6, b: 0.4 }
  if (text === 'b') return { c: 1 }
  if (text.length === 2) return { '.': 1 }
  return { x: 0.26, y: 0.25, z: 0.25, w: 0.24 }
}

describe('beam search', () => {
  it('finds the likelier text where the likelier word leads away from it', () => {
    expect(search(garden, 1).text).toBe('ax')
    expect(search(garden, 2).text).toBe('bc')
  })

  it('finds the text of the highest mean log-probability where it is wide enough to see all', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const known = new Map<string, Record<string, number>>()
      const rng = makeRng(seed)
      const language: Language = (text) => {
        const old = known.get(text)
        if (old !== undefined) return old
        const weights = (text.length === 2 ? ['.'] : ['p', 'q', '.']).map((next) => [next, rng.next() + 0.01] as const)
        const total = weights.reduce((sum, [, weight]) => sum + weight, 0)
        const made = Object.fromEntries(weights.map(([next, weight]) => [next, weight / total]))
        known.set(text, made)
        return made
      }
      const all: { text: string; mean: number }[] = []
      const walk = (text: string, sum: number): void => {
        for (const [next, probability] of Object.entries(language(text))) {
          const after = sum + Math.log(probability)
          if (next === '.') all.push({ text, mean: after / (text.length + 1) })
          else walk(text + next, after)
        }
      }
      walk('', 0)
      expect(all).toHaveLength(7)
      const best = all.reduce((a, b) => (b.mean > a.mean ? b : a))
      expect(search(language, 8).text).toBe(best.text)
    }
  })

  it('gives out what all texts have in common as soon as they do', () => {
    const language: Language = (text) => {
      if (text.length < 3) return { ['sun'[text.length]!]: 1 }
      if (text === 'sun') return { n: 0.5, k: 0.4, '.': 0.1 }
      return text.length < 6 ? { y: 1 } : { '.': 1 }
    }
    const { deltas, end, most } = search(language, 2)
    expect(deltas).toEqual(['s', 'u', 'n', 'n', 'y', 'y'])
    expect(end).toEqual({ finishReason: 'stop', text: 6 })
    expect(Math.max(...most)).toBe(2)
  })

  it('tells how likely the words were that it gives out', () => {
    const { tokens } = search(garden, 2, { topLogprobs: 2 })
    expect(tokens.map(({ token, logprob }) => [token, logprob])).toEqual([
      ['b', expect.closeTo(Math.log(0.4), 5)],
      ['c', expect.closeTo(0, 5)],
    ])
    expect(tokens[0]!.top.map(({ token }) => token)).toEqual(['a', 'b'])
    expect(tokens[0]!.bytes).toEqual([98])
  })

  it('ends at a stop string, at the longest text, and gives back every state that it made', () => {
    const endless: Language = () => ({ a: 0.5, b: 0.3, c: 0.2 })
    const cut = search(endless, 3, { maxPositions: 7 })
    expect(cut).toMatchObject({ text: 'aaaaaaa', end: { finishReason: 'length', text: 7 }, left: 1 })
    const stopped = search((text) => (text.length < 5 ? { a: 1 } : { b: 1 }), 3, { stop: ['ab'] })
    expect(stopped).toMatchObject({ text: 'aaaa', end: { finishReason: 'stop' }, left: 1 })
    expect(search(garden, 4).left).toBe(1)
    expect(() => search(endless, 2, { signal: { aborted: true } })).toThrow(/cancelled/)
  })
})
