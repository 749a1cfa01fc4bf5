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
    ['Call 555-123-4567 or 1-555-123-4567.', 'Call [phone] or [phone].'],
    ['Ping 2001:db8::1 and fe80::1, not 10.0.0.1', 'Ping [ip] and [ip], not [ip]'],
    ['Route 2001:0db8:85a3:0000:0000:8a2e:0370:7334 there', 'Route [ip] there'],
    ['Send it to P.O. Box 12 or PO Box 345, please.', 'Send it to [address] or [address], please.'],
    ['I live at 14 Elm Grove, Leeds LS6 2AB.', 'I live at [address].'],
    ['It is 3 Kew Gardens, London SW1A 1AA, is it?', 'It is [address], is it?'],
    ['Deliver to Leeds LS6 2AB today', 'Deliver to [address] today'],
    ['Write to 1600 Pennsylvania Avenue NW, Washington, DC 20500.', 'Write to [address] NW, [address].'],
    ['We moved to Washington, DC 20500 in May', 'We moved to [address] in May'],
    ['Send it to 12 Main Street, Springfield, IL 62701, and call me', 'Send it to [address], and call me'],
    ['Meet at 12 Main Street, London and bring tea', 'Meet at [address] and bring tea'],
    ['Abito in Via Roma 12, 20121 Milano.', 'Abito in [address].'],
    ['Abito in via Garibaldi 3, 00153 Roma.', 'Abito in [address].'],
    ['Vivo en calle Mayor 5, 28013 Madrid.', 'Vivo en [address].'],
    ['Vivo en la Plaza de España 7, 41013 Sevilla.', 'Vivo en la [address].'],
    ["J'habite 10 rue de la Paix, 75002 Paris.", "J'habite [address]."],
    ['my name is jane doe', 'my name is [name]'],
    ['hi, my name is priya natarajan and i like tea', 'hi, my name is [name] and i like tea'],
    ['My name is Priya Natarajan. I like tea.', 'My name is [name]. I like tea.'],
    ['MY NAME IS JANE DOE', 'MY NAME IS [name]'],
    ['My name’s Olumide Adeyemi!', 'My name’s [name]!'],
    ['I am Olumide Adeyemi from the bank.', 'I am [name] from the bank.'],
    ["Hello, I'm Olumide Adeyemi.", "Hello, I'm [name]."],
    ['Dear Olumide,\nthank you', 'Dear [name],\nthank you'],
    ['Dear Ms. Natarajan, thank you', 'Dear [name], thank you'],
    ['Kind regards, Priya Natarajan', 'Kind regards, [name]'],
    ['Best regards,\nOlumide van der Berg', 'Best regards,\n[name]'],
    ['Ich heiße Çağla Yılmaz.', 'Ich heiße [name].'],
    ["Je m'appelle Aïssatou Diallo, bonjour", "Je m'appelle [name], bonjour"],
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
    'I am happy, and I am German.',
    'I am Vice President of my class.',
    'My name is important to me. My name is on the list.',
    'why is my name misspelled, and whose name is it? my name is mine',
    'Dear Sir or Madam,\nDear Hiring Manager,\nBest regards,\nThe Team',
    'He regards Paris as the capital of the world.',
    'x[1::2], x[::2], std::vector, ab::cd and x :: Int',
    'List 10 National Park facts and 5 Great View points.',
    'Fly via Rome 12 times; the model X1 2AB is new.',
    'PROFIT IN 20000 CASES, OR 30000 OF THEM',
    'The score was 100-200-3000, and 12 345 6789 people saw it.',
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
