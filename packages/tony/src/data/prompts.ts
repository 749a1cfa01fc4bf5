/** @file The sentences by which the model is asked: training, endpoints and benchmarks use the same ones. */

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
