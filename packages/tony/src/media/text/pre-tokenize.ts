/** @file Cutting text into words before byte pairs are merged. */

/**
 * GPT-4's pattern in a form that JavaScript, Rust and Python read alike: English endings, letters with the sign or space
 * before them, single digits, punctuation, line ends, spaces. Differences: marks count as letters, so that words of
 * Indic and other scripts stay whole; digits stand alone, which helps small models count; and no piece is longer than
 * 64 characters, which bounds the work on hostile input.
 *
 * Every character of every string is in exactly one match.
 */
export const SPLIT_PATTERN: string = [
  "'(?:[sS]|[tT]|[mM]|[dD]|[rR][eE]|[vV][eE]|[lL][lL])(?![\\p{L}\\p{M}])",
  '[^\\r\\n\\p{L}\\p{M}\\p{N}]?[\\p{L}\\p{M}]{1,64}',
  '\\p{N}',
  ' ?[^\\s\\p{L}\\p{M}\\p{N}]{1,64}[\\r\\n]{0,16}',
  '\\s{0,64}[\\r\\n]',
  '\\s{1,64}(?!\\S)',
  '\\s{1,64}',
].join('|')

/** The words of a text, in order; joined they are the text. */
export function preTokenize(text: string): string[] {
  return text.match(splitter) ?? []
}

const splitter = new RegExp(SPLIT_PATTERN, 'gu')
