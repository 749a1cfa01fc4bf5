/** @file The configuration of a realtime session: defaults, changes, and what they mean for the model. */
import type { VoiceOptions } from 'tony'
import { ApiError, invalid, quote } from '../errors.ts'
import type {
  FormatPatch,
  RealtimeFormat,
  RealtimeSessionConfig,
  SessionPatch,
  TurnDetection,
  TurnDetectionPatch,
} from '../protocol/realtime.ts'

const defaultFormat: RealtimeFormat = { type: 'audio/pcm', rate: 24000 }

const serverVad: TurnDetection = {
  type: 'server_vad',
  threshold: 0.5,
  prefix_padding_ms: 300,
  silence_duration_ms: 700,
  create_response: true,
  interrupt_response: true,
  idle_timeout_ms: null,
}

const semanticVad: TurnDetection = {
  type: 'semantic_vad',
  eagerness: 'auto',
  create_response: true,
  interrupt_response: true,
}

/** What a session begins with. */
export function defaultConfig(id: string, model: string, expiresAt: number): RealtimeSessionConfig {
  return {
    type: 'realtime',
    object: 'realtime.session',
    id,
    model,
    expires_at: expiresAt,
    output_modalities: ['audio'],
    instructions: '',
    tools: [],
    tool_choice: 'auto',
    max_output_tokens: 'inf',
    tracing: null,
    truncation: 'auto',
    prompt: null,
    include: null,
    audio: {
      input: { format: defaultFormat, transcription: null, noise_reduction: null, turn_detection: serverVad },
      output: { format: defaultFormat, voice: 'tony', speed: 1 },
    },
  }
}

/**
 * The configuration after a change; what the change leaves out stays, at every depth.
 *
 * @param spoken whether the session has put out sound, after which the voice stays.
 * @throws ApiError 400, and then nothing has changed.
 */
export function patchConfig(old: RealtimeSessionConfig, patch: SessionPatch, spoken: boolean): RealtimeSessionConfig {
  const { input, output } = patch.audio ?? {}
  if (patch.model !== undefined && patch.model !== old.model) {
    throw invalid(
      `session.model is ${quote(patch.model)}; the model of a session cannot change.`,
      'session.model',
      'cannot_update_model',
    )
  }
  if (
    spoken &&
    output?.voice !== undefined &&
    JSON.stringify(output.voice) !== JSON.stringify(old.audio.output.voice)
  ) {
    throw new ApiError(400, 'The voice cannot change once the session has spoken.', {
      code: 'cannot_update_voice',
      param: 'session.audio.output.voice',
    })
  }
  const set = <K extends keyof SessionPatch>(key: K): boolean => patch[key] !== undefined
  return {
    ...old,
    output_modalities: patch.output_modalities
      ? oneModality(patch.output_modalities, 'session.output_modalities')
      : old.output_modalities,
    instructions: set('instructions') ? (patch.instructions ?? '') : old.instructions,
    tools: set('tools') ? (patch.tools ?? []) : old.tools,
    tool_choice: set('tool_choice') ? patch.tool_choice : old.tool_choice,
    max_output_tokens: set('max_output_tokens') ? (patch.max_output_tokens ?? 'inf') : old.max_output_tokens,
    tracing: set('tracing') ? patch.tracing : old.tracing,
    truncation: set('truncation') ? patch.truncation : old.truncation,
    prompt: set('prompt') ? patch.prompt : old.prompt,
    include: patch.include === undefined ? old.include : patch.include,
    audio: {
      input: {
        format: input?.format ? fullFormat(input.format) : old.audio.input.format,
        transcription: merge(old.audio.input.transcription, input?.transcription),
        noise_reduction: merge(old.audio.input.noise_reduction, input?.noise_reduction),
        turn_detection: patchTurnDetection(old.audio.input.turn_detection, input?.turn_detection),
      },
      output: {
        format: output?.format ? fullFormat(output.format) : old.audio.output.format,
        voice: output?.voice ?? old.audio.output.voice,
        speed: output?.speed ?? old.audio.output.speed,
      },
    },
  }
}

/** A response has sound or text, never both: sound brings its transcript along. @throws ApiError 400. */
export function oneModality(modalities: readonly ('text' | 'audio')[], param: string): ['audio'] | ['text'] {
  if (modalities.length !== 1) {
    throw invalid(
      `${param} is ${quote(modalities)}, expected ["audio"] or ["text"]; audio always comes with its transcript.`,
      param,
    )
  }
  return modalities[0] === 'audio' ? ['audio'] : ['text']
}

/** A format with its rate. */
export function fullFormat(format: FormatPatch): RealtimeFormat {
  return { type: 'audio/pcm', rate: format.rate ?? 24000 }
}

/**
 * How patient the model is. Its own head decides when a turn has ended; these are the limits on it. `semantic_vad`
 * waits at most 8, 4 or 2 seconds, as OpenAI's does.
 */
export function voicePatience(detection: TurnDetection): Pick<VoiceOptions, 'threshold' | 'maxSilenceMs'> {
  if (detection.type === 'server_vad') return { maxSilenceMs: detection.silence_duration_ms }
  switch (detection.eagerness) {
    case 'low':
      return { threshold: 0.97, maxSilenceMs: 8000 }
    case 'high':
      return { threshold: 0.6, maxSilenceMs: 2000 }
    case 'medium':
    case 'auto':
      return { maxSilenceMs: 4000 }
  }
}

function patchTurnDetection(
  old: TurnDetection | null,
  patch: TurnDetectionPatch | null | undefined,
): TurnDetection | null {
  if (patch === undefined) return old
  if (patch === null) return null
  if (patch.idle_timeout_ms != null) {
    const param = 'session.audio.input.turn_detection.idle_timeout_ms'
    throw invalid(`${param} is not supported by this server; leave it null.`, param, 'unsupported_value')
  }
  const type = patch.type ?? old?.type ?? 'server_vad'
  const base = old?.type === type ? old : type === 'server_vad' ? serverVad : semanticVad
  const set = Object.entries(patch).filter(([key, value]) => value !== undefined && (value !== null || key in base))
  for (const [key] of set) {
    if (!(key in base)) {
      const param = `session.audio.input.turn_detection.${key}`
      throw invalid(`${param} is not a parameter of ${type}.`, param, 'unknown_parameter')
    }
  }
  // Every key was just found in the base, and the schema has checked the values.
  return { ...base, ...Object.fromEntries(set), type } as TurnDetection
}

function merge(
  old: Record<string, unknown> | null,
  patch: Record<string, unknown> | null | undefined,
): Record<string, unknown> | null {
  if (patch === undefined) return old
  return patch === null ? null : { ...old, ...patch }
}
