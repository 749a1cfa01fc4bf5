/** @file The sentences by which endpoints ask the model. The training data uses the same ones. */

/** Asks the model to read `text` aloud. */
export function sayPrompt(text: string): string {
  return `Say: ${text}`
}

/** Stands before a recording that the model is to write down. */
export const TRANSCRIBE_PROMPT = 'Transcribe:'

/** Asks the model for a picture. */
export function drawPrompt(text: string): string {
  return `Draw: ${text}`
}
