/** @file `POST /v1/audio/transcriptions`. */
import { deflateSync } from 'node:zlib'
import type { GenerateEvent, Usage, WrittenToken } from 'tony'
import { readForm } from '../body.ts'
import { type App, type AppContext, requireModel } from '../context.ts'
import { ApiError, invalid } from '../errors.ts'
import { generate, generateWhole, logStreamError, requestScope, settled } from '../generation.ts'
import { wireLogprob } from '../logprobs.ts'
import { decodeAudioPart } from '../messages.ts'
import {
  type Transcription,
  type TranscriptionEvent,
  type TranscriptionFormat,
  type TranscriptionUsage,
  transcriptionFields,
  type VerboseTranscription,
} from '../protocol/audio.ts'
import { type SseFrame, sseResponse } from '../sse.ts'
import { GrowingTranscript, transcriptRequest } from '../transcripts.ts'
import { validate } from '../validate.ts'

/** The most of OpenAI's API. */
const MOST_TOP = 20

/** Adds the route. */
export function transcriptionRoutes(app: App, ctx: AppContext): void {
  app.post('/v1/audio/transcriptions', async (c) => {
    const form = await readForm(c, ctx.limits.bodyBytes)
    const file = form.get('file')
    if (file === null) throw invalid('file is missing.', 'file', 'missing_required_parameter')
    if (typeof file === 'string') throw invalid('file is text, expected an uploaded file.', 'file', 'invalid_type')
    const fields = validate(transcriptionFields, readFields(form))
    if (fields['timestamp_granularities[]']?.includes('word')) {
      throw invalid(
        'timestamp_granularities[] asks for words; the models of this server have no word times.',
        'timestamp_granularities[]',
        'unsupported_value',
      )
    }
    const model = requireModel(ctx.assistant, fields.model)
    if (file.size === 0) throw new ApiError(400, 'file is empty.', { param: 'file', code: 'invalid_media' })
    const part = await decodeAudioPart(ctx, model, new Uint8Array(await file.arrayBuffer()), 'file')
    const format = fields.response_format ?? 'json'
    const likely = fields['include[]']?.includes('logprobs') === true
    if (likely && format !== 'json') {
      throw invalid(
        `include[] asks for logprobs, which response_format ${format} has no place for; use json.`,
        'include[]',
        'unsupported_value',
      )
    }
    const whole = format === 'verbose_json' && fields.stream !== true
    const top = whole ? MOST_TOP : likely ? 0 : undefined
    const request = transcriptRequest(model.id, part.audio, {
      ...(fields.temperature == null ? {} : { temperature: fields.temperature }),
      ...(top === undefined ? {} : { topLogprobs: top }),
    })
    const scope = requestScope(c)
    if (fields.stream === true) {
      const events = await settled(generate(ctx, request, scope.signal))
      return sseResponse(transcriptionFrames(events), {
        onCancel: scope.abort,
        onError: logStreamError(ctx, c, scope.signal),
      })
    }
    const answer = await generateWhole(ctx, request, scope.signal)
    return render(format, {
      text: answer.text.trim(),
      tokens: answer.tokens,
      likely,
      usage: answer.usage,
      language: fields.language ?? 'english',
      seconds: part.audio.samples.length / part.audio.sampleRate,
      temperature: fields.temperature ?? 0,
    })
  })
}

/** The text fields of the form; `name[]` fields become lists. */
function readFields(form: FormData): Record<string, unknown> {
  const fields: Record<string, unknown> = {}
  for (const [name, value] of form) {
    if (typeof value !== 'string') continue
    fields[name] = name.endsWith('[]') ? form.getAll(name) : value
  }
  return fields
}

interface Result {
  readonly text: string
  readonly tokens: readonly WrittenToken[]
  /** Whether the client wants to know how likely they were. */
  readonly likely: boolean
  readonly usage: Usage
  readonly language: string
  readonly seconds: number
  readonly temperature: number
}

/** The text forms are text/plain: as JSON the official client fails on them. */
function render(format: TranscriptionFormat, result: Result): Response {
  const plain = (text: string): Response =>
    new Response(text, { headers: { 'content-type': 'text/plain; charset=utf-8' } })
  switch (format) {
    case 'json': {
      const body: Transcription = {
        text: result.text,
        ...(result.likely ? { logprobs: result.tokens.map(wireLogprob) } : {}),
        usage: toWireUsage(result.usage),
      }
      return Response.json(body)
    }
    case 'verbose_json':
      return Response.json(verbose(result))
    case 'text':
      return plain(`${result.text}\n`)
    case 'srt':
      return plain(`1\n${stamp(0, ',')} --> ${stamp(result.seconds, ',')}\n${result.text}\n\n`)
    case 'vtt':
      return plain(`WEBVTT\n\n${stamp(0, '.')} --> ${stamp(result.seconds, '.')}\n${result.text}\n\n`)
  }
}

/** One segment for the whole recording: the models have no times of their own. None where nothing was heard. */
function verbose({ text, tokens, ...result }: Result): VerboseTranscription {
  const nothing = tokens[0]?.top.find(({ token }) => token === '<|end|>')
  const segment: VerboseTranscription['segments'][number] = {
    id: 0,
    seek: 0,
    start: 0,
    end: result.seconds,
    text,
    tokens: tokens.map(({ id }) => id),
    temperature: result.temperature,
    avg_logprob: tokens.reduce((sum, { logprob }) => sum + logprob, 0) / Math.max(1, tokens.length),
    compression_ratio: compressionRatio(text),
    no_speech_prob: nothing === undefined ? 0 : Math.exp(nothing.logprob),
  }
  return {
    task: 'transcribe',
    language: result.language,
    duration: result.seconds,
    text,
    segments: text === '' ? [] : [segment],
    usage: { type: 'duration', seconds: Math.ceil(result.seconds) },
  }
}

/** Bytes of a text for each byte that zlib makes of them. */
function compressionRatio(text: string): number {
  const bytes = Buffer.from(text)
  return bytes.length / deflateSync(bytes).length
}

async function* transcriptionFrames(events: AsyncIterable<GenerateEvent>): AsyncGenerator<SseFrame> {
  const frame = (event: TranscriptionEvent): SseFrame => ({ data: event })
  const said = new GrowingTranscript()
  for await (const event of events) {
    const added = said.add(event)
    if (added !== undefined) yield frame({ type: 'transcript.text.delta', ...added })
    else if (event.type === 'done') {
      yield frame({
        type: 'transcript.text.done',
        text: said.text.trim(),
        ...(said.logprobs.length === 0 ? {} : { logprobs: said.logprobs }),
        usage: toWireUsage(event.usage),
      })
    }
  }
  yield { data: '[DONE]' }
}

function toWireUsage(usage: Usage): TranscriptionUsage {
  return {
    type: 'tokens',
    input_tokens: usage.promptTokens,
    input_token_details: {
      text_tokens: usage.promptTokens - usage.promptAudioTokens,
      audio_tokens: usage.promptAudioTokens,
    },
    output_tokens: usage.completionTokens,
    total_tokens: usage.promptTokens + usage.completionTokens,
  }
}

/** `00:01:02,345` */
function stamp(seconds: number, point: string): string {
  const ms = Math.round(seconds * 1000)
  const two = (value: number): string => String(value).padStart(2, '0')
  const clock = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, Math.floor(ms / 1000) % 60].map(two)
  return `${clock.join(':')}${point}${String(ms % 1000).padStart(3, '0')}`
}
