/** @file The public API of the library. */
export type {
  Assistant,
  GenerateEvent,
  GenerateRequest,
  ModelInfo,
  OutputModality,
  Usage,
  VoiceEvent,
  VoiceOptions,
  VoiceSession,
} from './generate/types.ts'
export { resample, StreamResampler } from './media/audio/resample.ts'
export { decodePcm16, encodePcm16, encodeWav, parseWav } from './media/audio/wav.ts'
export type { AudioClip, Message, Part, RgbImage, Role, VideoClip, WordTiming } from './media/types.ts'
export { type ErrorCode, TonyError } from './util/errors.ts'
