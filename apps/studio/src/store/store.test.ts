import { beforeEach, describe, expect, it } from 'vitest'
import { ConversationStore } from './conversations.ts'
import { MemoryDatabase } from './database.ts'
import { exportConversation, fileName } from './export.ts'
import { defaultSettings, parseSettings } from './settings.ts'
import { groupByDay, type Part, settle, type Turn, titleOf } from './types.ts'

const text = (value: string): Part => ({ kind: 'text', text: value })
const sound = (transcript: string): Part => ({
  kind: 'audio',
  samples: Int16Array.of(1, 2),
  rate: 24_000,
  transcript,
  name: 'You',
})

let now = 0
let ids = 0
let db = new MemoryDatabase()
let store = new ConversationStore(
  () => now,
  () => `id${ids++}`,
)

beforeEach(async () => {
  now = 1000
  ids = 0
  db = new MemoryDatabase()
  store = new ConversationStore(
    () => now,
    () => `id${ids++}`,
  )
  await store.load(db)
})

async function say(value: string, role: Turn['role'] = 'user'): Promise<Turn> {
  const turn = store.newTurn({ role, parts: [text(value)], status: 'done' })
  await store.put(turn)
  return turn
}

describe('ConversationStore', () => {
  it('begins a conversation with its first turn and names it after it', async () => {
    expect(store.current.value).toBeNull()
    await say('What is the opposite\nof hot?')
    await say('Cold.', 'assistant')
    expect(store.list.value.map(({ title }) => title)).toEqual(['What is the opposite of hot?'])
    expect(await db.turns(store.current.value ?? '')).toHaveLength(2)
  })

  it('keeps the order of turns made in the same millisecond', async () => {
    for (const word of ['one', 'two', 'three']) await say(word)
    const turns = await db.turns(store.current.value ?? '')
    expect(turns.map(({ parts }) => parts[0])).toEqual([text('one'), text('two'), text('three')])
  })

  it('shows a growing turn without keeping it', async () => {
    await say('Hello')
    const turn = store.newTurn({ role: 'assistant', parts: [], status: 'streaming' })
    store.show(turn)
    store.show({ ...turn, parts: [text('Hi')] })
    expect(store.turns.value).toHaveLength(2)
    expect(await db.turns(turn.conversation)).toHaveLength(1)
  })

  it('keeps an answer that ends after another conversation was opened', async () => {
    await say('Hello')
    const turn = store.newTurn({ role: 'assistant', parts: [text('Hi')], status: 'done' })
    await store.open(null)
    await store.put(turn)
    expect(store.turns.value).toEqual([])
    await store.open(turn.conversation)
    expect(store.turns.value).toHaveLength(2)
    expect(store.list.value[0]?.title).toBe('Hello')
  })

  it('keeps the name that the user gave', async () => {
    const { conversation } = await say('Hello')
    await store.rename(conversation, '  My   talk ')
    await say('More')
    await store.rename(conversation, '   ')
    expect(store.list.value[0]?.title).toBe('My talk')
  })

  it('deletes and brings back', async () => {
    const { conversation } = await say('Hello')
    const deleted = await store.delete(conversation)
    expect([store.list.value, store.current.value, await db.turns(conversation)]).toEqual([[], null, []])
    await store.restore(deleted!)
    expect(store.current.value).toBe(conversation)
    expect(store.turns.value).toHaveLength(1)
    expect(await store.delete('unknown')).toBeUndefined()
  })

  it('opens a new conversation for an unknown id', async () => {
    await say('Hello')
    await store.open('unknown')
    expect([store.current.value, store.turns.value]).toEqual([null, []])
  })

  it('says so when something cannot be kept, and goes on', async () => {
    db.putTurn = () => Promise.reject(new DOMException('full', 'QuotaExceededError'))
    await say('Hello')
    expect(store.problem.value).toContain('no more room')
    expect(store.turns.value).toHaveLength(1)
  })
})

describe('conversations', () => {
  it('are named after the first words, or after what there is', () => {
    const turn = (parts: readonly Part[]): Turn => ({
      id: '',
      conversation: '',
      at: 0,
      role: 'user',
      status: 'done',
      parts,
    })
    expect(titleOf([])).toBe('Conversation')
    expect(titleOf([turn([sound('')])])).toBe('Spoken message')
    expect(titleOf([turn([sound('hello there')])])).toBe('hello there')
    expect(titleOf([turn([text('x'.repeat(60))])])).toHaveLength(48)
  })

  it('are grouped by day', () => {
    const noon = new Date(2026, 5, 15, 12).getTime()
    const hours = [1, 20, 70, 1000]
    const list = hours.map((h) => ({
      id: `${h}`,
      title: '',
      renamed: false,
      created: 0,
      updated: noon - h * 3_600_000,
    }))
    expect(groupByDay(list, noon).map(([day]) => day)).toEqual(['Today', 'Yesterday', 'This week', 'Earlier'])
  })

  it('have no answers that are still being made after a reload', () => {
    const turn: Turn = { id: '', conversation: '', at: 0, role: 'assistant', status: 'streaming', parts: [] }
    expect(settle(turn).status).toBe('stopped')
  })
})

describe('exportConversation', () => {
  it("gives OpenAI's messages with media inside", async () => {
    const { conversation } = await say('Look')
    const blob = new Blob([Uint8Array.of(1, 2)], { type: 'image/png' })
    await store.put(
      store.newTurn({ role: 'user', status: 'done', parts: [{ kind: 'image', blob, name: 'x.png' }, sound('')] }),
    )
    await store.put(store.newTurn({ role: 'assistant', status: 'done', parts: [sound('A cat.')] }))
    await store.put(store.newTurn({ role: 'assistant', status: 'failed', parts: [] }))
    const file = await exportConversation(store.list.value.find(({ id }) => id === conversation)!, store.turns.value)
    expect(file.title).toBe('Look')
    expect(file.messages).toMatchObject([
      { role: 'user', content: 'Look' },
      {
        role: 'user',
        content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AQI=' } }, { type: 'input_audio' }],
      },
      { role: 'assistant', content: 'A cat.', speech: expect.stringMatching(/^data:audio\/wav;base64,UklGR/) },
    ])
  })

  it('names files so that every system takes them', () => {
    expect(fileName('What is 1/2?', 'json')).toBe('what-is-1-2.json')
    expect(fileName('…', 'wav')).toBe('tony.wav')
  })
})

describe('parseSettings', () => {
  it('replaces what is missing or wrong by the default', () => {
    expect(parseSettings(null)).toEqual(defaultSettings)
    expect(parseSettings('{broken')).toEqual(defaultSettings)
    expect(parseSettings('[1]')).toEqual(defaultSettings)
    expect(parseSettings('{"theme":"pink","seed":"7","speech":0}')).toEqual(defaultSettings)
  })

  it('keeps what was chosen', () => {
    const chosen = { ...defaultSettings, theme: 'dark' as const, seed: 7, temperature: 0, speech: false }
    expect(parseSettings(JSON.stringify(chosen))).toEqual(chosen)
  })
})
