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
