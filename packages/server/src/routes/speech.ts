/** @file `POST /v1/audio/speech`. */
import { type GenerateEvent, prompts } from 'tony'
import { type SoundEncoder, soundEncoder } from '../audio/encoder.ts'
import { readJson } from '../body.ts'
import { type App, type AppContext, requireModel, requireOutput } from '../context.ts'
import { toBase64 } from '../data-url.ts'
import { invalid, quote } from '../errors.ts'
import { generate, logStreamError, requestScope, settled } from '../generation.ts'
import { type SpeechEvent, speechRequest } from '../protocol/audio.ts'
import { byteStream, type SseFrame, sseResponse } from '../sse.ts'

/** Adds the route. */
export function speechRoutes(app: App, ctx: AppContext): void {
  app.post('/v1/audio/speech', async (c) => {
    const body = await readJson(c, speechRequest, ctx.limits.bodyBytes)
    const model = requireModel(ctx.assistant, body.model)
    requireOutput(model, 'audio', 'model')
    const format = body.response_format ?? 'wav'
    if (format !== 'wav' && format !== 'pcm') {
      throw invalid(
        `response_format is ${quote(format)}; this server writes wav and pcm.`,
        'response_format',
        'unsupported_value',
      )
    }
    const encoder = soundEncoder(format === 'pcm' ? 'pcm16' : 'wav', { speed: body.speed ?? 1 })
    const scope = requestScope(c)
    const request = {
      model: model.id,
      messages: [{ role: 'user' as const, content: [{ type: 'text' as const, text: prompts.say(body.input) }] }],
      modalities: ['text', 'audio'] as const,
      draft: false,
    }
    const events = await settled(generate(ctx, request, scope.signal))
    const onError = logStreamError(ctx, c, scope.signal)
    if (body.stream_format === 'sse')
      return sseResponse(speechFrames(events, encoder), { onCancel: scope.abort, onError })
    const stream = byteStream(async (send) => {
      try {
        send(encoder.head())
        for await (const event of events) {
          if (event.type === 'audio') send(encoder.push(event.samples))
        }
        send(encoder.end())
      } catch (error) {
        onError(error)
        throw error // breaks the connection off: there is no other way to say it in the middle of a file
      }
    }, scope.abort)
    return new Response(stream, { headers: { 'content-type': encoder.contentType, 'cache-control': 'no-store' } })
  })
}

async function* speechFrames(events: AsyncIterable<GenerateEvent>, encoder: SoundEncoder): AsyncGenerator<SseFrame> {
  const frame = (event: SpeechEvent): SseFrame => ({ data: event })
  const delta = (bytes: Uint8Array): SseFrame => frame({ type: 'speech.audio.delta', audio: toBase64(bytes) })
  const head = encoder.head()
  if (head.length > 0) yield delta(head)
  for await (const event of events) {
    if (event.type === 'audio') yield delta(encoder.push(event.samples))
    else if (event.type === 'done') {
      yield delta(encoder.end())
      const { promptTokens, completionTokens } = event.usage
      yield frame({
        type: 'speech.audio.done',
        usage: {
          input_tokens: promptTokens,
          output_tokens: completionTokens,
          total_tokens: promptTokens + completionTokens,
        },
      })
    }
  }
}
