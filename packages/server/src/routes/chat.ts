/** @file `POST /v1/chat/completions`. */
import type { GenerateEvent, GenerateRequest, ModelInfo, OutputModality, Usage, WrittenToken } from 'tony'
import { encodeSound, type SoundEncoder, type SoundFormat, soundEncoder } from '../audio/encoder.ts'
import { readJson } from '../body.ts'
import { type App, type AppContext, requireModel, requireOutput } from '../context.ts'
import { toBase64, toDataUrl } from '../data-url.ts'
import { invalid, quote } from '../errors.ts'
import {
  type Answer,
  addUsage,
  generate,
  generateWhole,
  joinSamples,
  logStreamError,
  requestScope,
  settled,
} from '../generation.ts'
import { bearerKey } from '../guard.ts'
import { wireLogprobs } from '../logprobs.ts'
import { toMessages } from '../messages.ts'
import {
  type ChatChunk,
  type ChatCompletion,
  type ChatDelta,
  type ChatRequest,
  type ChatUsage,
  chatRequest,
  type ImagePart,
} from '../protocol/chat.ts'
import { type SseFrame, sseResponse } from '../sse.ts'

/** Adds the route. */
export function chatRoutes(app: App, ctx: AppContext): void {
  app.post('/v1/chat/completions', async (c) => {
    const body = await readJson(c, chatRequest, ctx.limits.bodyBytes)
    const model = requireModel(ctx.assistant, body.model)
    const plan = await makePlan(ctx, model, body)
    // Without keys any client may send one of its own making; it names nobody.
    ctx.prompts?.offer(ctx.keys.size === 0 ? undefined : bearerKey(c.req.header('authorization')), body)
    const scope = requestScope(c)
    if (body.stream !== true) return c.json(await complete(ctx, plan, scope.signal))
    const first = await settled(generate(ctx, plan.requests[0]!, scope.signal))
    return sseResponse(streamFrames(ctx, plan, first, scope.signal), {
      onCancel: scope.abort,
      onError: logStreamError(ctx, c, scope.signal),
    })
  })
}

/** A checked request. */
interface Plan {
  readonly id: string
  readonly created: number
  readonly model: string
  /** One for each choice. */
  readonly requests: readonly GenerateRequest[]
  /** Set if the answer is to be spoken. */
  readonly sound: SoundFormat | undefined
  readonly includeUsage: boolean
}

async function makePlan(ctx: AppContext, model: ModelInfo, body: ChatRequest): Promise<Plan> {
  refuseUnsupported(body)
  const modalities = new Set<OutputModality>(body.modalities ?? defaultModalities(model))
  if (modalities.has('audio')) modalities.add('text')
  for (const modality of modalities) requireOutput(model, modality, 'modalities')
  const choices = body.n ?? 1
  const request: GenerateRequest = {
    model: model.id,
    messages: await toMessages(ctx, model, body.messages),
    modalities: [...modalities],
    ...defined('maxTokens', body.max_completion_tokens ?? body.max_tokens),
    // Several answers must differ, and the default of a model may be greedy; 1 is OpenAI's default.
    ...defined('temperature', body.temperature ?? (choices > 1 ? 1 : undefined)),
    ...defined('topP', body.top_p),
    ...defined('frequencyPenalty', body.frequency_penalty),
    ...defined('presencePenalty', body.presence_penalty),
    ...defined('topLogprobs', body.logprobs === true ? (body.top_logprobs ?? 0) : undefined),
    ...defined('stop', typeof body.stop === 'string' ? [body.stop] : body.stop),
  }
  return {
    id: ctx.newId('chatcmpl-'),
    created: Math.floor(ctx.now() / 1000),
    model: model.id,
    // Choices of one seed must still differ; without one the assistant takes a new one for each.
    requests: Array.from({ length: choices }, (_, i) => ({
      ...request,
      ...defined('seed', body.seed == null ? undefined : body.seed + i),
    })),
    sound: soundOf(body, modalities),
    includeUsage: body.stream_options?.include_usage === true,
  }
}

/**
 * What a request gets that does not say. OpenAI's default is text alone; a model of ours that draws may also answer with a
 * picture where one is asked for. `modalities: ["text"]` keeps it to text.
 */
function defaultModalities(model: ModelInfo): OutputModality[] {
  return model.output.includes('image') ? ['text', 'image'] : ['text']
}

function soundOf(body: ChatRequest, modalities: ReadonlySet<OutputModality>): SoundFormat | undefined {
  if (!modalities.has('audio')) return undefined
  if (body.audio == null) {
    throw invalid(
      'audio is missing: modalities asks for audio, so say which, for example {"voice":"tony","format":"wav"}.',
      'audio',
      'missing_required_parameter',
    )
  }
  const { format } = body.audio
  if (format !== 'wav' && format !== 'pcm16') {
    throw invalid(
      `audio.format is ${quote(format)}; this server writes wav and pcm16.`,
      'audio.format',
      'unsupported_value',
    )
  }
  if (body.stream === true && format === 'wav') {
    throw invalid(
      'audio.format is "wav", which cannot be streamed in pieces; use pcm16 with stream.',
      'audio.format',
      'unsupported_value',
    )
  }
  return format
}

/** What would be ignored silently and change the meaning of the request is refused. */
function refuseUnsupported(body: ChatRequest): void {
  const refuse = (param: string, what: string): never => {
    throw invalid(
      `${param} is set, but the models of this server do not support ${what}.`,
      param,
      'unsupported_parameter',
    )
  }
  if (body.tools != null && body.tools.length > 0) refuse('tools', 'tools')
  if (body.functions != null && body.functions.length > 0) refuse('functions', 'functions')
  if (body.response_format != null && body.response_format.type !== 'text')
    refuse('response_format', 'structured output')
  if (body.top_logprobs != null && body.logprobs !== true)
    throw invalid('top_logprobs is set, but logprobs is not true.', 'top_logprobs', 'invalid_value')
}

async function complete(ctx: AppContext, plan: Plan, signal: AbortSignal): Promise<ChatCompletion> {
  const choices: ChatCompletion['choices'] = []
  let usage: Usage | undefined
  for (const [index, request] of plan.requests.entries()) {
    const answer = await generateWhole(ctx, request, signal)
    usage = addUsage(usage, answer.usage)
    choices.push({
      index,
      message: await toWireMessage(ctx, answer, plan.sound),
      logprobs: request.topLogprobs === undefined ? null : wireLogprobs(answer.tokens),
      finish_reason: answer.finishReason,
    })
  }
  return {
    id: plan.id,
    object: 'chat.completion',
    created: plan.created,
    model: plan.model,
    choices,
    usage: toWireUsage(usage!),
  }
}

async function toWireMessage(
  ctx: AppContext,
  answer: Answer,
  sound: SoundFormat | undefined,
): Promise<ChatCompletion['choices'][number]['message']> {
  const images: ImagePart[] = []
  for (const image of answer.images) {
    images.push({ type: 'image_url', image_url: { url: toDataUrl('image/png', await ctx.media.encodePng(image)) } })
  }
  const extra = images.length === 0 ? {} : { images }
  if (sound === undefined) return { role: 'assistant', content: answer.text, refusal: null, ...extra }
  const id = ctx.newId('audio_')
  ctx.audio.put(id, { samples: answer.samples, transcript: answer.text })
  return {
    role: 'assistant',
    content: null,
    refusal: null,
    audio: {
      id,
      data: toBase64(encodeSound(answer.samples, sound)),
      transcript: answer.text,
      expires_at: ctx.audio.expiry(),
    },
    ...extra,
  }
}

async function* streamFrames(
  ctx: AppContext,
  plan: Plan,
  first: AsyncIterable<GenerateEvent>,
  signal: AbortSignal,
): AsyncGenerator<SseFrame> {
  const chunk = (choices: ChatChunk['choices'], usage: ChatUsage | null = null): SseFrame => {
    const data: ChatChunk = {
      id: plan.id,
      object: 'chat.completion.chunk',
      created: plan.created,
      model: plan.model,
      choices,
      ...(plan.includeUsage ? { usage } : {}),
    }
    return { data }
  }
  let usage: Usage | undefined
  for (const [index, request] of plan.requests.entries()) {
    const delta = (delta: ChatDelta, tokens?: readonly WrittenToken[]): SseFrame =>
      chunk([{ index, delta, logprobs: tokens === undefined ? null : wireLogprobs(tokens), finish_reason: null }])
    const voice = plan.sound === undefined ? undefined : new SpokenAnswer(ctx, plan.sound)
    let imageCount = 0
    yield delta(
      voice
        ? { role: 'assistant', refusal: null, audio: { id: voice.id, transcript: '' } }
        : { role: 'assistant', content: '', refusal: null },
    )
    for await (const event of index === 0 ? first : generate(ctx, request, signal)) {
      switch (event.type) {
        case 'text':
          if (event.delta !== '' || event.tokens !== undefined)
            yield delta(voice ? { audio: voice.words(event.delta) } : { content: event.delta }, event.tokens)
          break
        case 'audio':
          if (voice) yield delta({ audio: voice.sound(event.samples) })
          break
        case 'image':
          if (event.preview) break
          yield delta({
            images: [
              {
                type: 'image_url',
                index: imageCount++,
                image_url: { url: toDataUrl('image/png', await ctx.media.encodePng(event.image)) },
              },
            ],
          })
          break
        case 'done':
          usage = addUsage(usage, event.usage)
          if (voice) {
            yield delta({ audio: voice.rest() })
            yield delta({ audio: voice.end() })
          }
          yield chunk([{ index, delta: {}, logprobs: null, finish_reason: event.finishReason }])
          break
      }
    }
  }
  if (plan.includeUsage) yield chunk([], toWireUsage(usage!))
  yield { data: '[DONE]' }
}

/** The sound of a streamed answer: encoded piece by piece, and kept for the next turn. */
class SpokenAnswer {
  readonly id: string
  readonly #ctx: AppContext
  readonly #encoder: SoundEncoder
  readonly #samples: Float32Array[] = []
  #transcript = ''

  constructor(ctx: AppContext, format: SoundFormat) {
    this.id = ctx.newId('audio_')
    this.#ctx = ctx
    this.#encoder = soundEncoder(format)
  }

  words(delta: string): { id: string; transcript: string } {
    this.#transcript += delta
    return { id: this.id, transcript: delta }
  }

  sound(samples: Float32Array): { id: string; data: string } {
    this.#samples.push(samples)
    return { id: this.id, data: toBase64(this.#encoder.push(samples)) }
  }

  rest(): { id: string; data: string } {
    return { id: this.id, data: toBase64(this.#encoder.end()) }
  }

  end(): { id: string; expires_at: number } {
    this.#ctx.audio.put(this.id, { samples: joinSamples(this.#samples), transcript: this.#transcript })
    return { id: this.id, expires_at: this.#ctx.audio.expiry() }
  }
}

function toWireUsage(usage: Usage): ChatUsage {
  return {
    prompt_tokens: usage.promptTokens,
    completion_tokens: usage.completionTokens,
    total_tokens: usage.promptTokens + usage.completionTokens,
    prompt_tokens_details: {
      audio_tokens: usage.promptAudioTokens,
      image_tokens: usage.promptImageTokens,
      cached_tokens: 0,
    },
    completion_tokens_details: {
      audio_tokens: usage.completionAudioTokens,
      image_tokens: usage.completionImageTokens,
      reasoning_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  }
}

/** A property that is there only if it has a value. */
function defined<K extends string, V>(key: K, value: V | null | undefined): { [P in K]?: V } {
  return (value == null ? {} : { [key]: value }) as { [P in K]?: V }
}
