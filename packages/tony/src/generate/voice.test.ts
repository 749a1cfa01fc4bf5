import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { config, defaults, parts, tokenizer } from '../../../../test/helpers/tiny-omni.ts'
import type { Message, RgbImage } from '../media/types.ts'
import { roomForWords } from '../models/omni/sequence.ts'
import { nodeRuntime } from '../runtime/node/index.ts'
import { chatElements } from './assistant.ts'
import { OmniEngine } from './engine.ts'
import type { Usage, VoiceEvent, VoiceOptions } from './types.ts'
import { openVoice } from './voice.ts'

// Hundreds of steps of the network take seconds, and minutes on a machine that trains beside.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })

const tone = (patches: number): Float32Array =>
  Float32Array.from({ length: 1280 * patches }, (_, i) => Math.sin(i / 9) * 0.1)
const picture: RgbImage = { width: 64, height: 64, data: new Uint8Array(64 * 64 * 3).fill(90) }
const system: Message = { role: 'system', content: [{ type: 'text', text: 'be kind' }] }
const seen: Message = { role: 'user', content: [{ type: 'image', image: picture }] }
/** Positions of messages. */
const lengthOf = (messages: Message[]): number => chatElements({ config, tokenizer }, messages).length
/** Ends no turn by itself. */
const never = { model: 'tiny', threshold: 2, maxSilenceMs: 1e9 }

let engine: OmniEngine
beforeAll(async () => {
  engine = await OmniEngine.load(nodeRuntime, parts())
})
afterAll(() => engine.dispose())

/** Patches after which a turn is full that begins after `before` positions: room for its words and 160 positions must be left. */
function patchesOfFullTurn(before: number): number {
  let patches = 1
  while (before + 1 + patches + roomForWords(patches, config) < config.contextLength - 160) patches++
  return patches
}

/** What happens to somebody who speaks until a turn is full, listens, and speaks again; turns begin after `before` positions each. */
async function listen(
  options: VoiceOptions,
  before: readonly number[],
): Promise<{ types: VoiceEvent['type'][]; usages: Usage[] }> {
  const voice = openVoice(engine, options, { defaults: { ...defaults, maxPositions: 5 } })
  const turns = before.map((positions) => tone(patchesOfFullTurn(positions)))
  const types: VoiceEvent['type'][] = []
  const usages: Usage[] = []
  voice.append(turns[0]!)
  for await (const event of voice.events) {
    if (event.type !== 'response') types.push(event.type)
    else if (event.event.type === 'done') {
      usages.push(event.event.usage)
      if (usages.length === turns.length) break
      voice.append(turns[usages.length]!)
    }
  }
  await voice.close()
  return { types, usages }
}

describe('a live voice that never pauses', () => {
  it('is answered before the context is full, and heard again afterwards', async () => {
    const { types, usages } = await listen(never, [0, 0])
    const turn = ['speech-started', 'turn-ended', 'response-started']
    expect(types).toEqual([...turn, ...turn])
    for (const { promptTokens } of usages) expect(promptTokens).toBeLessThan(config.contextLength - 100)
  })

  it('keeps the instructions when the conversation is forgotten, and counts what is heard and seen', async () => {
    const instructions = lengthOf([system])
    const before = lengthOf([system, seen])
    const { usages } = await listen({ ...never, history: [system, seen] }, [before, instructions])
    const counts = ({ promptTokens, promptAudioTokens, promptImageTokens }: Usage): number[] => [
      promptTokens - promptAudioTokens,
      promptImageTokens,
    ]
    // Beside what came before: who speaks, the end of the sound, and who answers.
    expect(usages.map(counts)).toEqual([
      [before + 3, 16],
      [instructions + 3, 0],
    ])
  })
})

describe('a live voice with a past', () => {
  it('remembers what it said by its words, as any other chat does', async () => {
    const voice = openVoice(engine, never, { defaults: { ...defaults, maxPositions: 12 } })
    const usages: Usage[] = []
    let said = ''
    voice.append(tone(4))
    voice.commit()
    for await (const event of voice.events) {
      if (event.type !== 'response') continue
      if (event.event.type === 'text' && usages.length === 0) said += event.event.delta
      if (event.event.type !== 'done') continue
      usages.push(event.event.usage)
      if (usages.length === 2) break
      voice.append(tone(6))
      voice.commit()
    }
    await voice.close()
    expect(usages[0]!.completionAudioTokens).toBeGreaterThan(0)
    const answered: Message = { role: 'assistant', content: [{ type: 'text', text: said }] }
    const again = lengthOf([answered])
    // Before the first answer stood who answers; after it, who speaks, six patches, room for two words, their end, and who answers.
    expect(usages[1]!.promptTokens).toBe(usages[0]!.promptTokens - 1 + again + 11)
  })

  it('counts the sound of earlier turns while it is remembered', async () => {
    const voice = openVoice(engine, never, { defaults: { ...defaults, maxPositions: 5 } })
    const usages: Usage[] = []
    voice.append(tone(4))
    voice.commit()
    for await (const event of voice.events) {
      if (event.type !== 'response' || event.event.type !== 'done') continue
      usages.push(event.event.usage)
      if (usages.length === 2) break
      voice.append(tone(6))
      voice.commit()
    }
    await voice.close()
    expect(usages.map(({ promptAudioTokens }) => promptAudioTokens)).toEqual([4 + 2, 10 + 4])
  })

  it('forgets the oldest turns alone when there is no more room', async () => {
    const voice = openVoice(engine, { ...never, history: [system] }, { defaults: { ...defaults, maxPositions: 5 } })
    const heard: number[] = []
    const next = (): void => {
      voice.append(tone(20))
      voice.commit()
    }
    next()
    for await (const event of voice.events) {
      if (event.type !== 'response' || event.event.type !== 'done') continue
      heard.push(event.event.usage.promptAudioTokens)
      if (heard.length === 8) break
      next()
    }
    await voice.close()
    // Room for 112 positions before a turn: three turns of some 33, 27 of them sound, and the instructions; of them the last one is kept.
    expect(heard.slice(0, 4)).toEqual([27, 54, 81, 108])
    expect(heard[4]).toBe(2 * 27)
    expect(heard[5]).toBe(3 * 27)
  })

  it('begins with the last messages that leave room for a turn', async () => {
    const long: Message = { role: 'user', content: [{ type: 'text', text: 'x '.repeat(100) }] }
    const { usages } = await listen({ ...never, history: [system, long, seen] }, [lengthOf([system, seen])])
    expect(usages[0]).toMatchObject({ promptImageTokens: 16 })
  })

  it('refuses instructions that leave none', async () => {
    const history: Message[] = [{ role: 'system', content: [{ type: 'text', text: 'x '.repeat(200) }] }]
    await expect(listen({ ...never, history }, [0])).rejects.toThrow(/instructions need 40\d/)
  })
})

describe('speech during an answer', () => {
  it('ends it, and is a turn of its own', async () => {
    const voice = openVoice(engine, never, { defaults: { ...defaults, maxPositions: 200 } })
    voice.append(tone(4))
    voice.commit()
    voice.append(tone(5))
    const events: VoiceEvent[] = []
    for await (const event of voice.events) {
      if (event.type !== 'response') events.push(event)
      if (event.type === 'response-cancelled') voice.commit()
      if (event.type === 'turn-ended' && events.length > 5) break
    }
    await voice.close()
    expect(events).toEqual([
      { type: 'speech-started', atMs: 0 },
      { type: 'turn-ended', atMs: 320 },
      { type: 'response-started' },
      { type: 'speech-started', atMs: 320 },
      { type: 'response-cancelled' },
      { type: 'turn-ended', atMs: 720 },
    ])
  })

  it('is three patches of it in a row: less changes nothing', async () => {
    const told = async (patches: number): Promise<VoiceEvent[]> => {
      const voice = openVoice(engine, never, { defaults: { ...defaults, maxPositions: 12 } })
      voice.append(tone(4))
      voice.commit()
      voice.append(tone(patches))
      const events: VoiceEvent[] = []
      for await (const event of voice.events) {
        events.push(event)
        if (event.type === 'response' && event.event.type === 'done') break
      }
      await voice.close()
      return events
    }
    expect(await told(2)).toEqual(await told(0))
  })
})

describe('an answer that is begun before it is known that the turn has ended', () => {
  const done = (event: VoiceEvent): boolean => event.type === 'response' && event.event.type === 'done'

  /** What is told of a turn of two parts, whose end is told once the network has taken `ahead` steps since it heard them, and the steps until then. */
  async function told(aheadThreshold: number, ahead: number): Promise<{ events: VoiceEvent[]; steps: number }> {
    const options = { ...never, aheadThreshold }
    const voice = openVoice(engine, options, { defaults: { ...defaults, maxPositions: 12 } })
    const begun = engine.steps
    voice.append(tone(4))
    await vi.waitFor(() => expect(engine.steps - begun).toBeGreaterThanOrEqual(4 + ahead), 60_000)
    const more = engine.steps
    voice.append(tone(4))
    await vi.waitFor(() => expect(engine.steps - more).toBeGreaterThanOrEqual(4 + ahead), 60_000)
    const before = engine.steps
    voice.commit()
    const events: VoiceEvent[] = []
    let steps = 0
    for await (const event of voice.events) {
      events.push(event)
      if (!done(event)) continue
      steps = engine.steps - before
      break
    }
    await voice.close()
    return { events, steps }
  }

  it('is the answer that would be begun then, and there at once', async () => {
    const late = await told(2, 0)
    const early = await told(0, late.steps - 1)
    expect(early.events).toEqual(late.events)
    expect(late.steps).toBeGreaterThan(12)
    expect(early.steps).toBeLessThan(late.steps / 4)
  })

  it('leaves nothing behind where it is not wanted', async () => {
    const voice = openVoice(engine, { ...never, aheadThreshold: 0 }, { defaults: { ...defaults, maxPositions: 12 } })
    const begun = engine.steps
    voice.append(tone(4))
    await vi.waitFor(() => expect(engine.steps - begun).toBeGreaterThanOrEqual(10), 60_000)
    await voice.close()
    await vi.waitFor(() => expect(engine.load).toEqual({ active: 0, waiting: 0, cacheBytes: 0 }))
  })
})
