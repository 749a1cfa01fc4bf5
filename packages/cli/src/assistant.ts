/** @file The one place where the command meets the model: everything else takes these as arguments. */
import type { MediaCodecs } from '@tony/server'
import type { Assistant } from 'tony'

/** Opens the model in a folder. */
export type OpenAssistant = (modelDir: string) => Promise<Assistant>

/** Opens the decoders of sound and pictures. */
export type OpenMedia = () => Promise<MediaCodecs>

/** Loads a model in a child process that owns ONNX Runtime. Imported when asked, so that `tony --help` needs neither. */
export const openAssistant: OpenAssistant = async (modelDir) => {
  const { createNodeAssistant } = await import('tony/generate/node')
  return createNodeAssistant({ modelDir })
}

/** The decoders and the encoder on Node. */
export const openMedia: OpenMedia = async () => {
  const { decodeAudio, decodeImage, decodeVideo, encodePng } = await import('tony/media/node')
  return { decodeAudio, decodeImage, decodeVideo, encodePng }
}
