/** @file The sentences by which the model is asked: endpoints and benchmarks use `prompts`, training their other wordings too. */
import { withArticle } from './world/words.ts'

/** Sentences to ask with; those that take something are functions. */
export const prompts = {
  /** Read `text` aloud. */
  say: (text: string): string => `Say: ${text}`,
  /** Stands before a recording that the model is to write down. */
  transcribe: 'Transcribe:',
  /** Stands before a recording that the model is to say again. */
  repeat: 'Repeat:',
  /** Draw what `text` names. */
  draw: (text: string): string => `Draw: ${text}`,
  /** Stands after a picture of a printed word. */
  read: 'Read the word.',
  /** Stands after a moving scene. */
  motion: 'How does it move?',
} as const

/** Asks what a picture shows, by the language of the answer; stands after the picture. */
export const namePrompts: Readonly<Record<string, string>> = {
  en: 'What is this?',
  fr: 'Qu’est-ce que c’est ?',
  es: '¿Qué es esto?',
  de: 'Was ist das?',
}

/** What else is said for the same, in writing and aloud. Those of `unseenWordings` are never trained. */
export const wordings = {
  say: [(text: string): string => `Read aloud: ${text}`, (text: string): string => `Say ${text}`],
  transcribe: ['Write down:', 'Write what you hear:', 'What is said here?'],
  repeat: ['Repeat after me:', 'Say it again:', 'Say this:'],
  draw: [
    (thing: string): string => `Draw ${withArticle(thing)}.`,
    (thing: string): string => `Please draw ${withArticle(thing)}.`,
    (thing: string): string => `Can you draw ${withArticle(thing)}?`,
    (thing: string): string => `Draw me ${withArticle(thing)}.`,
  ],
  read: ['What does it say?', 'Read this.', 'What is written here?'],
  motion: ['Which way does it move?', 'What does it do?', 'Where does it go?'],
  name: ['What do you see?', 'What is that?', 'Name this.', 'What is in the picture?'],
  drawn: ['What did you draw?', 'What have you drawn?', 'What is in your picture?'],
} as const

/** Wordings kept for tests. */
export const unseenWordings = {
  draw: (thing: string): string => `Could you please draw me ${withArticle(thing)}?`,
  read: 'Please read the word.',
  motion: 'How is it moving?',
  name: 'Tell me what this is.',
} as const
