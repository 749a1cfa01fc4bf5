/** @file The public API of the library. */
export { grad } from './autodiff/grad.ts'
export {
  fromRows,
  type JsonLine,
  type PreferenceFormat,
  parseJsonLines,
  preferenceFormats,
  toCompletionRow,
  toRows,
  toUnpairedRows,
} from './data/preference-formats.ts'
export {
  type Comparison,
  checkRanks,
  type Demonstration,
  denseRanks,
  MOST_OUTPUTS,
  type OutputFlag,
  type OutputRating,
  outputFlags,
  type PreferenceMessage,
  type PreferenceOutput,
  type PreferencePart,
  preferencePairs,
} from './data/preferences.ts'
export { prompts } from './data/prompts.ts'
export {
  consensusRanks,
  kendallTauB,
  krippendorffAlpha,
  type Measurement,
  preferenceSigns,
  rankingAgreement,
  totalAgreement,
} from './eval/agreement.ts'
export type {
  Cell as ReportCell,
  Plot as ReportPlot,
  Report,
  Section as ReportSection,
  Table as ReportTable,
} from './eval/report.ts'
export { type Interval, winRate } from './eval/win-rate.ts'
export { OmniEngine } from './generate/engine.ts'
export type {
  Assistant,
  GenerateEvent,
  GenerateRequest,
  ModelInfo,
  OutputModality,
  TokenLogprob,
  Usage,
  VoiceEvent,
  VoiceOptions,
  VoiceSession,
  WrittenToken,
} from './generate/types.ts'
export { Tensor } from './graph/node.ts'
export * as ops from './graph/ops.ts'
export { type Program, program, toOnnx } from './graph/program.ts'
export { resample, StreamResampler } from './media/audio/resample.ts'
export { decodePcm16, encodePcm16, encodeWav, parseWav } from './media/audio/wav.ts'
export { BpeTrainer } from './media/text/bpe.ts'
export { Tokenizer } from './media/text/tokenizer.ts'
export type { AudioClip, Message, Part, RgbImage, Role, VideoClip, WordTiming } from './media/types.ts'
export { ParamScope } from './nn/params.ts'
export { decodeModel, encodeModel } from './onnx/model.ts'
export type { Runtime, Session } from './runtime/types.ts'
export { concatFloats } from './tensor/host.ts'
export { type TrainPlan, train } from './train/loop.ts'
export { Trainer } from './train/step.ts'
export type { AbortLike } from './util/abort.ts'
export { type ErrorCode, TonyError } from './util/errors.ts'
export { groupBy } from './util/group.ts'
export { makeRng, type Rng } from './util/rng.ts'
