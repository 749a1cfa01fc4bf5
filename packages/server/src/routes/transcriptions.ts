/** @file `POST /v1/audio/transcriptions`. */
import { type GenerateEvent, type GenerateRequest, prompts, type Usage } from 'tony'
import { readForm } from '../body.ts'
import { type App, type AppContext, requireModel } from '../context.ts'
import { ApiError, invalid } from '../errors.ts'
import { generate, generateWhole, logStreamError, requestScope, settled } from '../generation.ts'
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
import { validate } from '../validate.ts'

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
    const request: GenerateRequest = {
      model: model.id,
      messages: [{ role: 'user', content: [{ type: 'text', text: prompts.transcribe }, part] }],
      modalities: ['text'],
      ...(fields.temperature == null ? {} : { temperature: fields.temperature }),
    }
    const scope = requestScope(c)
    if (fields.stream === true) {
      const events = await settled(generate(ctx, request, scope.signal))
      return sseResponse(transcriptionFrames(events), {
        onCancel: scope.abort,
        onError: logStreamError(ctx, c, scope.signal),
      })
    }
    const answer = await generateWhole(ctx, request, scope.signal)
    return render(fields.response_format ?? 'json', {
      text: answer.text.trim(),
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
      const body: Transcription = { text: result.text, usage: toWireUsage(result.usage) }
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

/** One segment for the whole recording: the models have no times of their own. */
function verbose(result: Result): VerboseTranscription {
  return {
    task: 'transcribe',
    language: result.language,
    duration: result.seconds,
    text: result.text,
    segments: [
      {
        id: 0,
        seek: 0,
        start: 0,
        end: result.seconds,
        text: result.text,
        tokens: [],
        temperature: result.temperature,
        avg_logprob: 0,
        compression_ratio: 1,
        no_speech_prob: 0,
      },
    ],
    usage: { type: 'duration', seconds: Math.ceil(result.seconds) },
  }
}

async function* transcriptionFrames(events: AsyncIterable<GenerateEvent>): AsyncGenerator<SseFrame> {
  const frame = (event: TranscriptionEvent): SseFrame => ({ data: event })
  let text = ''
  for await (const event of events) {
    if (event.type === 'text' && event.delta !== '') {
      text += event.delta
      yield frame({ type: 'transcript.text.delta', delta: event.delta })
    } else if (event.type === 'done') {
      yield frame({ type: 'transcript.text.done', text: text.trim(), usage: toWireUsage(event.usage) })
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
