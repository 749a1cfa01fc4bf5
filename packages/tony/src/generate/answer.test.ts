import { describe, expect, it } from 'vitest'
import { config, defaults, request, tokenizer } from '../../../../test/helpers/tiny-omni.ts'
import { imageTokenizerDefaults } from '../models/image-tokenizer.ts'
import { controlId, vocabSize } from '../models/omni/config.ts'
import { makeRng } from '../util/rng.ts'
import { type AnswerOptions, answer } from './answer.ts'
import { answerChat, answerMode } from './assistant.ts'
import type { OmniEngine } from './engine.ts'
import type { Painter } from './picture.ts'
import { OmniState } from './task.ts'
import type { GenerateEvent, GenerateRequest, WrittenToken } from './types.ts'

// Of a painter the answer itself asks only how many codes there are: the scheduler paints.
const painter = { config: imageTokenizerDefaults } as Painter

/** What an answer gives out if the network always wants the same: a control token, or a word by its id. */
function run(
  wants: '<|draw|>' | '<|text|>' | '<|speech|>' | number,
  { emit, ...options }: Partial<AnswerOptions> & { readonly emit?: (event: GenerateEvent) => void },
): string[] {
  const state = new OmniState()
  state.logits = new Float32Array(vocabSize(config))
  state.logits[typeof wants === 'number' ? wants : controlId(config, wants)] = 1
  state.logits[controlId(config, '<|end|>')] = 0.5
  const types: string[] = []
  const task = answer({ config, tokenizer, painter }, state, {
    mode: 'text',
    mayDraw: true,
    maxPositions: 100,
    temperature: 0,
    topP: 1,
    audioTemperature: 0,
    rng: makeRng(1),
    ...options,
    emit: (event: GenerateEvent) => {
      types.push(event.type)
      emit?.(event)
    },
  })
  for (let next = task.next(); !next.done; next = task.next()) {
    if (next.value.kind === 'paint') next.value.image = { width: 1, height: 1, data: new Uint8Array(3) }
  }
  return types
}

describe('an answer', () => {
  it('draws where a picture was asked for, whatever the model finds', () => {
    expect(run('<|text|>', { mode: 'draw' })).toEqual(['image', 'image'])
  })

  it('draws beside words only where it may and the model finds a picture wanted', () => {
    expect(run('<|draw|>', {})).toEqual(['image', 'image'])
    expect(run('<|text|>', {})).toEqual([])
    expect(run('<|draw|>', { mayDraw: false })).toEqual([])
  })

  it('begins no picture that it may not finish', () => {
    expect(run('<|draw|>', { maxPositions: 80 })).toEqual(['image', 'image'])
    for (const mode of ['text', 'draw'] as const)
      expect(() => run('<|draw|>', { mode, maxPositions: 79 })).toThrow(/picture takes 80 positions.* 79/)
  })
})

describe('a written answer', () => {
  it('says a word as often as the network wants it, less what it loses each time or once', () => {
    const times = (penalties?: AnswerOptions['penalties']): number =>
      run(65, { maxPositions: 20, ...(penalties === undefined ? {} : { penalties }) }).length
    expect(times()).toBe(20)
    expect(times({ frequency: 0.2, presence: 0 })).toBe(3)
    expect(times({ frequency: 0, presence: 0.4 })).toBe(20)
    expect(times({ frequency: 0.2, presence: 0.4 })).toBe(1)
    expect(times({ frequency: -0.2, presence: 0 })).toBe(20)
  })
})

describe('a spoken answer with a draft', () => {
  /** The elements of an answer of a network that writes two words, and speaks another one again and again. */
  function spoken(draft: boolean): { readonly read: number[]; readonly text: string; readonly left: number } {
    const state = new OmniState()
    const id = (name: Parameters<typeof controlId>[1]): number => controlId(config, name)
    const wants = (...ids: readonly number[]): void => {
      state.logits = new Float32Array(vocabSize(config))
      ids.forEach((wanted, i) => {
        state.logits[wanted] = ids.length - i
      })
    }
    wants(id('<|speech|>'))
    let [mode, words, frames] = ['', 0, 0]
    let text = ''
    const read: number[] = []
    const task = answer({ config, tokenizer }, state, {
      mode: 'speech',
      mayDraw: false,
      maxPositions: 12,
      temperature: 0,
      topP: 1,
      audioTemperature: 0,
      rng: makeRng(1),
      draft,
      emit: (event) => {
        if (event.type === 'text') text += event.delta
      },
    })
    for (let next = task.next(); !next.done; next = task.next()) {
      if (next.value.kind !== 'read') continue
      for (const element of next.value.elements) {
        state.cache.length++
        if (element.kind === 'frame') frames++
        else if (element.kind === 'token') {
          read.push(element.id)
          if (element.id === id('<|text|>') || element.id === id('<|speech|>')) [mode, words, frames] = ['', 0, 0]
          if (element.id === id('<|text|>')) mode = 'text'
          if (element.id >= 65 && element.id < 70) [words, frames] = [words + 1, 0]
        }
      }
      if (mode === 'text') wants(words < 2 ? 65 + words : id('<|end|>'))
      // Aloud it would say D for ever, and is never sure that it has ended.
      else wants(...(frames < 2 ? [id('<|frame|>')] : []), 68, 69, id('<|end|>'))
    }
    return { read, text, left: state.cache.length }
  }

  it('says what it would have written', () => {
    const id = (name: Parameters<typeof controlId>[1]): number => controlId(config, name)
    const { read, text, left } = spoken(true)
    expect(text).toBe(tokenizer.decode([65, 66]))
    expect(read).toEqual([id('<|text|>'), 65, 66, id('<|speech|>'), 65, 66])
    // Two words, two frames each, and the token of speech: the draft is forgotten.
    expect(left).toBe(7)
    expect(spoken(false).text).toBe(tokenizer.decode([68, 68, 68, 68]))
  })
})

describe('the words of a written answer', () => {
  /** Of a network that always wants the same; what each event gave. */
  const told = (options: Partial<AnswerOptions>): { delta: string; tokens?: readonly WrittenToken[] }[] => {
    const events: GenerateEvent[] = []
    run(65, { maxPositions: 4, ...options, emit: (event) => void events.push(event) })
    return events.flatMap((event) => (event.type === 'text' ? [event] : []))
  }
  const letter = tokenizer.decode([65])

  it('come with how likely they were where that is wanted, whatever the temperature and the penalties', () => {
    expect(told({}).every(({ tokens }) => tokens === undefined)).toBe(true)
    const others = 256 - 1
    const expected = 1 - Math.log(Math.E + Math.exp(0.5) + others)
    for (const options of [{ temperature: 0 }, { temperature: 0.01 }, { penalties: { frequency: -1, presence: 0 } }]) {
      const events = told({ topLogprobs: 2, ...options })
      expect(events).toHaveLength(4)
      for (const { delta, tokens } of events) {
        expect(delta).toBe(letter)
        expect(tokens).toEqual([
          {
            id: 65,
            token: letter,
            bytes: [...tokenizer.bytesOf(65)],
            logprob: expect.closeTo(expected, 5),
            top: [expect.objectContaining({ id: 65 }), expect.objectContaining({ token: '<|end|>' })],
          },
        ])
      }
    }
  })

  it('are held back with their text, and left out with what a stop string cuts off', () => {
    const events = told({ topLogprobs: 0, maxPositions: 20, stop: [letter.repeat(3)] })
    expect(events).toEqual([])
    const later = told({ topLogprobs: 0, maxPositions: 4, stop: [`${letter.repeat(3)}?`] })
    expect(later.map(({ delta, tokens }) => [delta.length, tokens?.length])).toEqual([
      [1, 1],
      [3, 3],
    ])
  })
})

describe('the modalities of a request', () => {
  it.each([
    [undefined, { mode: 'text', mayDraw: false }],
    [['text'], { mode: 'text', mayDraw: false }],
    [['text', 'audio'], { mode: 'speech', mayDraw: false }],
    [['image'], { mode: 'draw', mayDraw: true }],
    [['text', 'image'], { mode: 'text', mayDraw: true }],
    [['text', 'audio', 'image'], { mode: 'speech', mayDraw: true }],
  ] as const)('%j say how it is answered', (modalities, expected) => {
    expect(answerMode(modalities)).toEqual(expected)
  })

  const refusal = async (engine: object, what: GenerateRequest): Promise<string> => {
    try {
      // Refused before anything is run: the rest of an engine is not needed.
      for await (const _ of answerChat(engine as OmniEngine, what, { defaults: { ...defaults, maxPositions: 400 } }));
    } catch (error) {
      return (error as Error).message
    }
    return 'not refused'
  }

  it('ask for a picture only where there is room for one', async () => {
    const engine = { config, tokenizer, painter, canDraw: true }
    const modalities = ['image'] as const
    expect(await refusal(engine, request(5, { modalities, maxTokens: 50 }))).toMatch(/picture takes 80 positions.* 50/)
    expect(await refusal(engine, request(450, { modalities }))).toMatch(/picture takes 80 positions/)
    const mute = { config, tokenizer, canDraw: false }
    expect(await refusal(mute, request(5, { modalities }))).toMatch(/no picture decoder/)
  })
})
