/** @file GPT-2's mapping between bytes and printable characters, in which `tokenizer.json` files write their tokens. */

/** The character that stands for each byte; printable Latin-1 stands for itself. */
export const BYTE_TO_CHAR: readonly string[] = makeTable()

const CHAR_TO_BYTE: ReadonlyMap<string, number> = new Map(BYTE_TO_CHAR.map((char, byte) => [char, byte]))

/** The written form of a token's bytes. */
export function bytesToChars(bytes: Uint8Array): string {
  let out = ''
  for (const byte of bytes) out += BYTE_TO_CHAR[byte]!
  return out
}

/** The bytes of a token's written form, or undefined if it has a character that stands for none. */
export function charsToBytes(chars: string): Uint8Array | undefined {
  const out: number[] = []
  for (const char of chars) {
    const byte = CHAR_TO_BYTE.get(char)
    if (byte === undefined) return undefined
    out.push(byte)
  }
  return Uint8Array.from(out)
}

function makeTable(): string[] {
  const printable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae
  let next = 256
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printable(byte) ? byte : next++))
}
