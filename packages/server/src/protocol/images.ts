/** @file Bodies of `POST /v1/images/generations`. */
import { z } from 'zod'
import type { Opt } from './common.ts'

/** What is read of an image request. */
export interface ImageRequest {
  prompt: string
  /** Left out: the first model that draws. */
  model?: Opt<string>
  n?: Opt<number>
  /** `auto` (as the model draws) or `WIDTHxHEIGHT`. */
  size?: Opt<string>
  response_format?: Opt<'b64_json' | 'url'>
  output_format?: Opt<string>
  stream?: Opt<boolean>
  partial_images?: Opt<number>
  /** Tony's own: same seed, same picture; picture `i` of several takes `seed + i`. Left out: the likeliest one, several of new seeds. */
  seed?: Opt<number>
}

/** Tokens of an image request. */
export interface ImageUsage {
  input_tokens: number
  input_tokens_details: { image_tokens: number; text_tokens: number }
  output_tokens: number
  output_tokens_details: { image_tokens: number; text_tokens: number }
  total_tokens: number
}

/** The answer when it is not streamed. */
export interface ImagesResponse {
  created: number
  background: 'opaque'
  output_format: 'png'
  quality: 'auto'
  size: string
  data: ({ b64_json: string } | { url: string })[]
  usage: ImageUsage
}

interface ImageEventFields {
  b64_json: string
  created_at: number
  size: string
  quality: 'auto'
  background: 'opaque'
  output_format: 'png'
}

/** Events of a streamed answer. */
export type ImageEvent =
  | ({ type: 'image_generation.partial_image'; partial_image_index: number } & ImageEventFields)
  | ({ type: 'image_generation.completed'; usage: ImageUsage } & ImageEventFields)

/** Schema of {@link ImageRequest}. */
export const imageRequest: z.ZodType<ImageRequest> = z.object({
  prompt: z.string().min(1).max(4000),
  model: z.string().nullish(),
  n: z.int().min(1).max(10).nullish(),
  size: z.string().nullish(),
  response_format: z.enum(['b64_json', 'url']).nullish(),
  output_format: z.string().nullish(),
  stream: z.boolean().nullish(),
  partial_images: z.int().min(0).max(3).nullish(),
  seed: z.int().nullish(),
})
