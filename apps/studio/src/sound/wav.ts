/** @file WAV files: 16-bit, mono. */

/** Puts a WAV header before the samples. */
export function encodeWav(samples: Int16Array, rate: number): Uint8Array<ArrayBuffer> {
  const size = samples.length * 2
  const out = new Uint8Array(44 + size)
  const view = new DataView(out.buffer)
  const tag = (at: number, text: string): void => {
    for (let i = 0; i < text.length; i++) out[at + i] = text.charCodeAt(i)
  }
  tag(0, 'RIFF')
  view.setUint32(4, 36 + size, true)
  tag(8, 'WAVEfmt ')
  view.setUint32(16, 16, true)
  view.setUint16(20, 1, true) // PCM
  view.setUint16(22, 1, true) // mono
  view.setUint32(24, rate, true)
  view.setUint32(28, rate * 2, true)
  view.setUint16(32, 2, true)
  view.setUint16(34, 16, true)
  tag(36, 'data')
  view.setUint32(40, size, true)
  new Int16Array(out.buffer, 44).set(samples)
  return out
}
