/** @file UTF-8 without platform types: the neutral code has neither Node's nor the browser's TextEncoder. */

/** The UTF-8 bytes of a string; a lone surrogate, which has none, becomes U+FFFD. */
export function encodeUtf8(text: string): Uint8Array {
  const out = new Uint8Array(text.length * 3)
  let at = 0
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i)
    if (code < 0x80) {
      out[at++] = code
      continue
    }
    if (code >= 0xd800 && code <= 0xdfff) {
      const low = code < 0xdc00 ? text.charCodeAt(i + 1) : 0
      if (low >= 0xdc00 && low <= 0xdfff) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00)
        i++
      } else {
        code = 0xfffd
      }
    }
    if (code < 0x800) {
      out[at++] = 0xc0 | (code >> 6)
    } else {
      if (code < 0x10000) {
        out[at++] = 0xe0 | (code >> 12)
      } else {
        out[at++] = 0xf0 | (code >> 18)
        out[at++] = 0x80 | ((code >> 12) & 63)
      }
      out[at++] = 0x80 | ((code >> 6) & 63)
    }
    out[at++] = 0x80 | (code & 63)
  }
  return out.slice(0, at)
}

/** The text of UTF-8 bytes. Each broken piece becomes one U+FFFD, as the Encoding Standard has it; nothing is dropped. */
export function decodeUtf8(bytes: Uint8Array): string {
  const decoder = new Utf8Decoder()
  return decoder.push(bytes) + decoder.end()
}

/** Decodes a stream of bytes, holding back a character until all of its bytes are there. */
export class Utf8Decoder {
  /** Bits of the character so far, bytes it still needs, and the range the next byte must be in. */
  #code = 0
  #needed = 0
  #least = 0x80
  #most = 0xbf

  /** Takes more bytes and returns the text that is certain now. */
  push(bytes: Uint8Array): string {
    const pieces: string[] = []
    let codes: number[] = []
    for (let i = 0; i < bytes.length; i++) {
      const code = this.#step(bytes[i]!)
      if (code === RETRY) {
        codes.push(0xfffd)
        i--
      } else if (code !== PENDING) {
        codes.push(code)
      }
      if (codes.length >= 4096) {
        pieces.push(String.fromCodePoint(...codes))
        codes = []
      }
    }
    pieces.push(String.fromCodePoint(...codes))
    return pieces.join('')
  }

  /** The end of the stream: U+FFFD if it stopped inside a character, else nothing. */
  end(): string {
    const broken = this.#needed > 0
    this.#needed = 0
    return broken ? '\ufffd' : ''
  }

  #step(byte: number): number {
    if (this.#needed > 0) {
      if (byte < this.#least || byte > this.#most) {
        this.#needed = 0
        return RETRY
      }
      this.#least = 0x80
      this.#most = 0xbf
      this.#code = (this.#code << 6) | (byte & 63)
      return --this.#needed === 0 ? this.#code : PENDING
    }
    if (byte < 0x80) return byte
    if (byte < 0xc2 || byte > 0xf4) return 0xfffd
    this.#needed = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3
    this.#code = byte & (0x3f >> this.#needed)
    // Shortest forms only, no surrogates, nothing above U+10FFFF.
    this.#least = byte === 0xe0 ? 0xa0 : byte === 0xf0 ? 0x90 : 0x80
    this.#most = byte === 0xed ? 0x9f : byte === 0xf4 ? 0x8f : 0xbf
    return PENDING
  }
}

const PENDING = -1
/** The character broke off before this byte, which begins a new one. */
const RETRY = -2
