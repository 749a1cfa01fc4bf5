/** @file `POST /v1/images/generations`. */
import { type GenerateEvent, type GenerateRequest, prompts, type RgbImage, type Usage } from 'tony'
import { readJson } from '../body.ts'
import { type App, type AppContext, requireModel, requireOutput } from '../context.ts'
import { toBase64 } from '../data-url.ts'
import { ApiError, invalid, quote } from '../errors.ts'
import { addUsage, generate, generateWhole, logStreamError, requestScope, settled } from '../generation.ts'
import { fitPicture, type PictureSize, parseSize } from '../picture.ts'
import { type ImageEvent, type ImagesResponse, type ImageUsage, imageRequest } from '../protocol/images.ts'
import { type SseFrame, sseResponse } from '../sse.ts'

/** Adds the route. */
export function imageRoutes(app: App, ctx: AppContext): void {
  app.post('/v1/images/generations', async (c) => {
    const body = await readJson(c, imageRequest, ctx.limits.bodyBytes)
    const model =
      body.model == null
        ? ctx.assistant.models.find((info) => info.output.includes('image'))
        : requireModel(ctx.assistant, body.model)
    if (model === undefined)
      throw new ApiError(404, 'No model of this server draws.', { code: 'model_not_found', param: 'model' })
    requireOutput(model, 'image', 'model')
    if (body.output_format != null && body.output_format !== 'png') {
      throw invalid(
        `output_format is ${quote(body.output_format)}; this server writes png.`,
        'output_format',
        'unsupported_value',
      )
    }
    const size = parseSize(body.size)
    const count = body.n ?? 1
    if (body.stream === true && count > 1) throw invalid(`n is ${count}; only one picture can be streamed.`, 'n')
    const requests = Array.from(
      { length: count },
      (_, i): GenerateRequest => ({
        model: model.id,
        messages: [{ role: 'user', content: [{ type: 'text', text: prompts.draw(body.prompt) }] }],
        modalities: ['image'],
        // Several pictures of one prompt must differ, and so must those of different seeds; the default is greedy. Without
        // a seed the assistant takes a new one for each.
        ...(body.seed == null ? {} : { seed: body.seed + i }),
        ...(body.seed == null && count === 1 ? {} : { temperature: 1 }),
      }),
    )
    const scope = requestScope(c)
    if (body.stream === true) {
      const events = await settled(generate(ctx, requests[0]!, scope.signal))
      return sseResponse(imageFrames(ctx, events, size, body.partial_images ?? 0), {
        onCancel: scope.abort,
        onError: logStreamError(ctx, c, scope.signal),
      })
    }
    const data: ImagesResponse['data'] = []
    let usage: Usage | undefined
    let sizeName = 'auto'
    for (const request of requests) {
      const answer = await generateWhole(ctx, request, scope.signal)
      usage = addUsage(usage, answer.usage)
      const image = answer.images[0]
      if (image === undefined) throw nothingDrawn()
      const picture = fitPicture(image, size)
      sizeName = nameSize(picture)
      const base64 = toBase64(await ctx.media.encodePng(picture))
      data.push(body.response_format === 'url' ? { url: `data:image/png;base64,${base64}` } : { b64_json: base64 })
    }
    const response: ImagesResponse = {
      created: Math.floor(ctx.now() / 1000),
      background: 'opaque',
      output_format: 'png',
      quality: 'auto',
      size: sizeName,
      data,
      usage: toWireUsage(usage!),
    }
    return c.json(response)
  })
}

async function* imageFrames(
  ctx: AppContext,
  events: AsyncIterable<GenerateEvent>,
  size: PictureSize,
  partials: number,
): AsyncGenerator<SseFrame> {
  const created = Math.floor(ctx.now() / 1000)
  const fields = async (image: RgbImage) => {
    const picture = fitPicture(image, size)
    return {
      b64_json: toBase64(await ctx.media.encodePng(picture)),
      created_at: created,
      size: nameSize(picture),
      quality: 'auto' as const,
      background: 'opaque' as const,
      output_format: 'png' as const,
    }
  }
  const frame = (event: ImageEvent): SseFrame => ({ event: event.type, data: event })
  let sent = 0
  let final: RgbImage | undefined
  for await (const event of events) {
    if (event.type === 'image' && !event.preview) final = event.image
    else if (event.type === 'image' && sent < partials) {
      yield frame({
        type: 'image_generation.partial_image',
        partial_image_index: sent++,
        ...(await fields(event.image)),
      })
    } else if (event.type === 'done') {
      if (final === undefined) throw nothingDrawn()
      yield frame({ type: 'image_generation.completed', ...(await fields(final)), usage: toWireUsage(event.usage) })
    }
  }
}

function nothingDrawn(): ApiError {
  return new ApiError(500, 'The model ended its answer without a picture; try another prompt or seed.', {
    code: 'no_image',
    headers: { 'x-should-retry': 'false' },
  })
}

function nameSize(image: RgbImage): string {
  return `${image.width}x${image.height}`
}

function toWireUsage(usage: Usage): ImageUsage {
  return {
    input_tokens: usage.promptTokens,
    input_tokens_details: {
      image_tokens: usage.promptImageTokens,
      text_tokens: usage.promptTokens - usage.promptImageTokens,
    },
    output_tokens: usage.completionTokens,
    output_tokens_details: {
      image_tokens: usage.completionImageTokens,
      text_tokens: usage.completionTokens - usage.completionImageTokens,
    },
    total_tokens: usage.promptTokens + usage.completionTokens,
  }
}
