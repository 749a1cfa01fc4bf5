/** @file Names of people in a text: those of a lexicon, and those that stand where people say who they are or whom they write to. */
import { anyCase, words } from './addresses.ts'
import { cut, matches, type Span } from './spans.ts'

/** Pieces of a few sentences: the tagger takes milliseconds for each. */
export async function findNames(text: string, pause: () => Promise<void>): Promise<Span[]> {
  const { default: nlp } = await import('compromise/two')
  const spans = await findIntroduced(text)
  for (const { start, end } of matches(text, /[^\n]{1,300}(?:\s|$)|[^\n]{1,300}|\n/g)) {
    const piece = text.slice(start, end)
    // A name in a Latin script has a capital letter.
    if (!/\p{Lu}\p{L}/u.test(piece)) continue
    const found = nlp(piece).match('#Person+').json({ offset: true }) as { offset: Offset }[]
    for (const { offset } of found) {
      // The tagger counts the punctuation around a word in.
      const name = piece.slice(offset.start, offset.start + offset.length)
      const bare = /\p{L}(?:[\s\S]*[\p{L}\d])?/u.exec(name)
      // "[email]" and its like are marks of what was found before; "will" and "mark" are mostly words.
      if (bare === null || !/^\p{Lu}|\s\p{Lu}/u.test(bare[0])) continue
      const from = start + offset.start + bare.index
      if (text[from - 1] === '[' || bare[0].split(/\s+/).every((word) => nobody.test(word))) continue
      spans.push({ start: from, end: from + bare[0].length })
    }
    await pause()
  }
  return spans
}

interface Offset {
  readonly start: number
  readonly length: number
}

const capitalised = String.raw`\p{Lu}[\p{L}'’-]*\p{L}`
const joined = String.raw`[ \t]{1,3}(?:(?:van|von|de|der|den|di|da|bin|al|el)[ \t]{1,3})*(?:${capitalised}|\p{Lu}\.(?=\s\p{Lu}))`
const fullName = `${capitalised}(?:${joined}){0,3}`
const nameIs = String.raw`\b(?:[Mm]y|MY)\s{1,3}(?:(?:full|first|last)\s{1,3})?(?:[Nn]ame|NAME)(?:\s{1,3}(?:is|IS)|['’]s)`
const elsewhere = String.raw`\b(?:[Ii]ch heiße|[Mm]ein Name ist|[Jj]e m['’]appelle|[Mm]e llamo|[Mm]i nombre es|[Mm]i chiamo)`
const title = String.raw`(?:(?:Mr|Mrs|Ms|Miss|Dr|Prof)\.?\s{1,3})?`
const signOff = anyCase('Regards Sincerely Faithfully Truly Wishes Signed')

/** Where people say who they are: whatever stands there, in any writing, as far as its words may be a name. */
const saidName = new RegExp(String.raw`(?<=${nameIs}\s{1,3})[\p{L}'’-]+(?:[ \t]{1,3}[\p{L}'’-]+){0,3}`, 'gu')
/** Where they may be saying something else: two words of a name at least. */
const perhapsName = new RegExp(String.raw`(?<=\b(?:I am|I['’]m)\s{1,3})${capitalised}(?:${joined}){1,3}`, 'gu')
/** Where a name stands if it has a capital. */
const cuedNames = [
  new RegExp(String.raw`(?<=${elsewhere}\s{1,3})${fullName}`, 'gu'),
  new RegExp(String.raw`(?<=\bDear\s{1,3}${title})${fullName}(?=\s{0,3}(?:[,:!\n]|$))`, 'gu'),
  new RegExp(String.raw`(?<=\b(?:${signOff})(?:,\s{0,3}|[ \t]{0,3}\n\s{0,3}))${fullName}`, 'gu'),
]
/** Whom letters are written to, and by, where no one is named. */
const nobody = new RegExp(
  String.raw`\b(?:${words('Sir Sirs Madam Customer Customers Team Hiring Manager Friend Friends Colleague Colleagues All Everyone Everybody Editor Diary Santa God Lord Reader Readers Parents Students Student Teacher Committee Members Member Recruiter Mom Mum Mother Dad Father Professor Doctor Neighbor Neighbour The Your Our My')})\b`,
)

/** Names that stand after words which introduce one, whether or not the lexicon has them. */
async function findIntroduced(text: string): Promise<Span[]> {
  const { default: nlp } = await import('compromise/two')
  const spans = cuedNames.flatMap((pattern) => matches(text, pattern).filter((span) => !nobody.test(cut(text, span))))
  const termsOf = (before: string, words: string): { readonly tags: readonly string[]; readonly end: number }[] => {
    const [sentence] = nlp(`${before} ${words}`).json({ offset: true }) as {
      terms: { tags: string[]; offset: Offset }[]
    }[]
    const from = before.length + 1
    return (sentence?.terms ?? [])
      .filter(({ offset }) => offset.start >= from)
      .map(({ tags, offset }) => ({ tags, end: offset.start + offset.length - from }))
  }
  for (const span of matches(text, saidName)) {
    const said = cut(text, span)
    const terms = termsOf('my name is', said.toLowerCase())
    const other = terms.findIndex(({ tags }) => !tags.includes('Noun') || tags.includes('Pronoun'))
    const last = terms.at(other < 0 ? terms.length - 1 : other - 1)
    // "is important", "is on the list", "is mine".
    if (other === 0 || last === undefined || /^mine\b/i.test(said)) continue
    spans.push({ start: span.start, end: span.start + said.slice(0, last.end).trimEnd().length })
  }
  const notPeople = ['Place', 'Actor', 'Demonym', 'Organization', 'Date']
  for (const span of matches(text, perhapsName)) {
    const terms = termsOf('I am', cut(text, span))
    if (!terms.some(({ tags }) => tags.some((tag) => notPeople.includes(tag)))) spans.push(span)
  }
  return spans
}
