/** @file 16-bit PCM, as it goes over the wire: little-endian, mono. Every browser runs on little-endian machines. */

/** Sample rate of all sound between the page and the server. */
export const WIRE_RATE = 24_000

/** Samples in [-1, 1] as 16-bit integers; louder ones are clipped. */
export function floatToPcm16(samples: Float32Array): Int16Array<ArrayBuffer> {
  const out = new Int16Array(samples.length)
  for (let i = 0; i < samples.length; i++) {
    const value = Math.max(-1, Math.min(1, samples[i]!))
    out[i] = Math.round(value < 0 ? value * 32_768 : value * 32_767)
  }
  return out
}

/** 16-bit integers as samples in [-1, 1). */
export function pcm16ToFloat(samples: Int16Array): Float32Array<ArrayBuffer> {
  const out = new Float32Array(samples.length)
  for (let i = 0; i < samples.length; i++) out[i] = samples[i]! / 32_768
  return out
}

/** Base64 of some bytes. */
export function bytesToBase64(bytes: Uint8Array): string {
  let text = ''
  // `apply` takes a limited number of arguments.
  for (let at = 0; at < bytes.length; at += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  }
  return btoa(text)
}

/** Bytes of a base64 text. */
export function base64ToBytes(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text)
  const out = new Uint8Array(binary.length)
  for (let i = 0; i < binary.length; i++) out[i] = binary.charCodeAt(i)
  return out
}

/** PCM as base64. */
export function pcm16ToBase64(samples: Int16Array): string {
  return bytesToBase64(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength))
}

/** PCM from base64; half a sample at the end is dropped. */
export function base64ToPcm16(text: string): Int16Array<ArrayBuffer> {
  const bytes = base64ToBytes(text)
  return new Int16Array(bytes.buffer, 0, bytes.length >> 1)
}

/** Collects PCM that arrives in pieces; `samples` is a view of all of it so far. */
export class PcmBuffer {
  #store = new Int16Array(WIRE_RATE)
  #length = 0

  get samples(): Int16Array<ArrayBuffer> {
    return this.#store.subarray(0, this.#length)
  }

  push(samples: Int16Array): void {
    const need = this.#length + samples.length
    if (need > this.#store.length) {
      const grown = new Int16Array(Math.max(need, this.#store.length * 2))
      grown.set(this.samples)
      this.#store = grown
    }
    this.#store.set(samples, this.#length)
    this.#length = need
  }
}

/** Loudness of each of `bars` equal stretches, 0 to 1, relative to the loudest. */
export function peaks(samples: Int16Array, bars: number): number[] {
  const out: number[] = []
  let top = 2000 // Silence stays flat.
  for (let bar = 0; bar < bars; bar++) {
    const from = Math.floor((bar * samples.length) / bars)
    const to = Math.floor(((bar + 1) * samples.length) / bars)
    let sum = 0
    for (let i = from; i < to; i++) sum += samples[i]! * samples[i]!
    const rms = to > from ? Math.sqrt(sum / (to - from)) : 0
    top = Math.max(top, rms)
    out.push(rms)
  }
  return out.map((rms) => Math.sqrt(rms / top))
}

/** Root mean square of samples in [-1, 1]. */
export function loudness(samples: Float32Array): number {
  let sum = 0
  for (const value of samples) sum += value * value
  return samples.length === 0 ? 0 : Math.sqrt(sum / samples.length)
}
