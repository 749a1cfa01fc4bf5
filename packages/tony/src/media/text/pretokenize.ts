/** @file Cuts text into words before BPE, and the byte-level alphabet of GPT-2 (Radford et al. 2019). */

/** The split of GPT-4's tokenizer (cl100k_base), which keeps letters of any script together and digits in threes. */
export const SPLIT_PATTERN = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"

// JavaScript has no inline flags in Node 20: the contractions are spelled out.
const splitter = /'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD]|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+/gu

declare const TextEncoder: new () => { encode(text: string): Uint8Array }
const utf8 = new TextEncoder()

/** A printable character for each byte, as GPT-2 chose them. */
export const byteToChar: readonly string[] = (() => {
  const out: string[] = []
  let extra = 256
  for (let byte = 0; byte < 256; byte++) {
    const printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174
    out.push(String.fromCharCode(printable ? byte : extra++))
  }
  return out
})()

/** The byte of each of those characters. */
export const charToByte: ReadonlyMap<string, number> = new Map(byteToChar.map((char, byte) => [char, byte]))

/** Bytes as byte-level characters. */
export function byteChars(bytes: Uint8Array): string {
  let out = ''
  for (const byte of bytes) out += byteToChar[byte]
  return out
}

/** The words of a text in byte-level characters, in order; together they hold every byte of it. */
export function splitWords(text: string): string[] {
  return (text.match(splitter) ?? []).map((word) => byteChars(utf8.encode(word)))
}
