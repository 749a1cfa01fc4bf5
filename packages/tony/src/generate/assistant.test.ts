import { expect, it } from 'vitest'
import { config, tokenizer } from '../../../../test/helpers/tiny-omni.ts'
import type { Message, Part } from '../media/types.ts'
import { chatElements, countSenses } from './assistant.ts'

const drawn: Part = { type: 'image', image: { width: 64, height: 64, data: new Uint8Array(64 * 64 * 3) } }
const sound: Part = { type: 'audio', audio: { samples: new Float32Array(16_000), sampleRate: 16_000 } }
const elements = (message: Message): ReturnType<typeof chatElements> => chatElements({ config, tokenizer }, [message])

it('shows the assistant what it drew, and not how it sounded', () => {
  const words: Part = { type: 'text', text: 'a dog' }
  const said = elements({ role: 'assistant', content: [words, sound] })
  expect(said).toEqual(elements({ role: 'assistant', content: [words] }))
  expect(countSenses(elements({ role: 'assistant', content: [drawn] }))).toEqual({
    promptAudioTokens: 0,
    promptImageTokens: 16,
  })
})

it('hears a film after its frames, its first 20 seconds and no silence', () => {
  const frame = { width: 64, height: 64, data: new Uint8Array(64 * 64 * 3) }
  const film = (seconds: number, level: number): Message => {
    const samples = Float32Array.from({ length: seconds * 8000 }, (_, i) => level * Math.sin(i))
    return {
      role: 'user',
      content: [
        { type: 'video', video: { frames: [frame, frame], times: [0, 1], sound: { samples, sampleRate: 8000 } } },
      ],
    }
  }
  const heard = (message: Message): number => countSenses(elements(message)).promptAudioTokens
  // With room for a word in three patches.
  expect(heard(film(2, 0.1))).toBe(25 + 9)
  expect(heard(film(60, 0.1))).toBe(250 + 84)
  expect(heard(film(2, 0.0001))).toBe(0)
  const kinds = elements(film(2, 0.1)).map(({ kind }) => kind)
  expect(kinds.lastIndexOf('pixels')).toBeLessThan(kinds.indexOf('mel'))
})
