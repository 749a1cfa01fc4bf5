import { describe, expect, it } from 'vitest'
import { useCases } from '../protocol/labels.ts'
import { clean } from './clean.ts'
import { splitOfUser } from './store.ts'
import { suggestUseCase } from './use-case.ts'

const now = async (): Promise<void> => {}

describe('cleaning a prompt', () => {
  it.each([
    ['Write to jane.doe+x@mail.example.co.uk now.', 'Write to [email] now.'],
    ['My IBAN is DE89 3704 0044 0532 0130 00.', 'My IBAN is [iban].'],
    ['Card 4111 1111 1111 1111, thanks', 'Card [card], thanks'],
    ['Call +44 20 7946 0958 or (212) 736-5000.', 'Call [phone] or [phone].'],
    ['Ruf 030 / 123 45 67 an', 'Ruf [phone] an'],
    ['The server 192.168.1.17 is down', 'The server [ip] is down'],
    ['He lives at 221B Baker Street, Apt 4, London.', 'He lives at [address].'],
    ['Ich wohne Hauptstraße 12, 10115 Berlin.', 'Ich wohne [address].'],
    ['My name is Jane Doe and I like tea.', 'My name is [name] and I like tea.'],
    ['Tell Robert Smith that Alice called.', 'Tell [name] that [name] called.'],
  ])('%s', async (before, after) => {
    expect((await clean(before, now)).text).toBe(after)
  })

  it.each([
    'Write a poem about the sea in 12 lines.',
    'What is 4111 1111 1111 1112 divided by 3?',
    'Name 10 of the best places, and 3 ways to get there by a small road.',
    'Version 1.2.3 was released on 2026-11-24 at 10:30.',
    'Will you mark the text, or may I?',
    'def f(x):\n    return [x, 3.14159265358979]',
    '',
  ])('leaves alone: %s', async (text) => {
    expect(await clean(text, now)).toEqual({ text, replaced: {} })
  })

  it('counts what it replaced', async () => {
    const { replaced } = await clean('a@b.example and c@d.example know Jane Doe', now)
    expect(replaced).toEqual({ email: 2, name: 1 })
  })

  it('stops between pieces of a long text', async () => {
    let pauses = 0
    await clean('Jane Doe wrote a letter to the king.\n'.repeat(20), async () => {
      pauses++
    })
    expect(pauses).toBe(20)
  })
})

describe('the use case of a prompt', () => {
  it.each([
    ['Summarize this for a second-grader: ...', 'summarization'],
    ['Translate to French: hello', 'rewrite'],
    ['Classify each tweet as positive or negative.', 'classification'],
    ['Extract all city names from the text below.', 'extract'],
    ['Based on the passage, who won the battle?', 'closed_qa'],
    ['List five ideas for how to regain enthusiasm for my career', 'brainstorming'],
    ['Write a short story where a bear goes to the beach', 'generation'],
    ['Who built the statue of liberty?', 'open_qa'],
    ['asdf', null],
  ] as const)('%s', (text, expected) => {
    expect(suggestUseCase(text, 1)).toBe(expected)
  })

  it('is chat for a conversation', () => {
    expect(suggestUseCase('Who?\nYou.\nMe?', 2)).toBe('chat')
    expect(useCases).toHaveLength(10)
  })
})

describe('the split', () => {
  it('is by user, always the same, eight to one to one', () => {
    const counts = { train: 0, validation: 0, test: 0 }
    for (let i = 0; i < 10_000; i++) counts[splitOfUser(`user${i}`)]++
    expect(splitOfUser('user1')).toBe(splitOfUser('user1'))
    expect(counts.train / 10_000).toBeCloseTo(0.8, 1)
    expect(counts.validation).toBeGreaterThan(900)
    expect(counts.test).toBeGreaterThan(900)
  })
})
