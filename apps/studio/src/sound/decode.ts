/** @file Sound files as samples. */

/** Samples at `rate`, all channels as one, of any sound that the browser can decode. Rejects for anything else. */
export async function decodeMono(bytes: ArrayBuffer, rate: number): Promise<Float32Array> {
  const buffer = await new OfflineAudioContext(1, 1, rate).decodeAudioData(bytes)
  const mono = new Float32Array(buffer.length)
  for (let channel = 0; channel < buffer.numberOfChannels; channel++) {
    const data = buffer.getChannelData(channel)
    for (let i = 0; i < mono.length; i++) mono[i]! += data[i]! / buffer.numberOfChannels
  }
  return mono
}
