/** @file A tiny omni model from a seed, whose greedy answers are varied and partly spoken. */
import { answerChat } from '../../packages/tony/src/generate/assistant.ts'
import type { EngineParts, OmniEngine } from '../../packages/tony/src/generate/engine.ts'
import type { GenerateEvent, GenerateRequest } from '../../packages/tony/src/generate/types.ts'
import { BpeTrainer } from '../../packages/tony/src/media/text/bpe.ts'
import { Tokenizer } from '../../packages/tony/src/media/text/tokenizer.ts'
import { type CodecConfig, codecDecoder, codecDefaults, codecEncoder } from '../../packages/tony/src/models/codec.ts'
import { controlId, controlTokens, type OmniConfig, omniConfig } from '../../packages/tony/src/models/omni/config.ts'
import { omniLoss } from '../../packages/tony/src/models/omni/model.ts'
import { blockConfig } from '../../packages/tony/src/nn/block.ts'
import { initParams, ParamScope, type ParamValues } from '../../packages/tony/src/nn/params.ts'

export const config: OmniConfig = {
  ...omniConfig({ width: 64, layers: 2, textVocab: 256 }),
  contextLength: 512,
  depthWidth: 32,
  heardTokens: [[97], [98], [99, 120], [100], [101]],
}
export const codec: CodecConfig = { ...codecDefaults, block: blockConfig({ width: 64, layers: 1 }), longest: 64 }
export const tokenizer: Tokenizer = Tokenizer.fromMerges(new BpeTrainer().train({ vocabSize: 256 }), controlTokens)
export const shape = { batch: 2, time: 64, audio: 128, image: 64, frames: 16, targets: 64 }

/** Starting values of what `trace` declares. */
export function params(trace: (p: ParamScope) => unknown): ParamValues {
  const scope = new ParamScope()
  trace(scope)
  return initParams(
    scope.entries.map(({ spec }) => spec),
    7,
  )
}

/** Parts of an engine; wide blocks and a loud frame token keep its answers from repeating the last token. */
export function parts(): EngineParts {
  const values = params((p) => omniLoss(p, config, shape))
  for (const [name, { data }] of Object.entries(values)) {
    if (!/layers\.\d+\.(self_attn\.[vo]_proj|mlp\.down_proj)/.test(name)) continue
    for (let i = 0; i < data.length; i++) data[i]! *= 8
  }
  const { width } = config.block
  const frame = controlId(config, '<|frame|>')
  const table = values['embed_tokens.weight']!.data
  for (let i = frame * width; i < (frame + 1) * width; i++) table[i]! *= 3
  // The end-of-turn head takes everything for speech.
  values['turn.bias']!.data[0] = 6
  return {
    config,
    tokenizer,
    params: values,
    codec: { config: codec, params: params((p) => [codecEncoder(p, codec), codecDecoder(p, codec)]) },
    threads: 1,
    between: nextTurn,
  }
}

/** A turn of the event loop: whoever waits for a step's events has them after it. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A request of `length` bytes of text. */
export function request(length: number, options: Partial<GenerateRequest> = {}): GenerateRequest {
  const text = 'the quick brown fox jumps over a lazy dog '.repeat(12).slice(length % 7, (length % 7) + length)
  return { model: 'tiny', messages: [{ role: 'user', content: [{ type: 'text', text }] }], ...options }
}

export const defaults = { audioTemperature: 0, maxPositions: 40, draft: true }

/** All events of an answer. */
export async function ask(
  engine: OmniEngine,
  what: GenerateRequest,
  options: Omit<Parameters<typeof answerChat>[2], 'defaults'> & { audioTemperature?: number } = {},
): Promise<GenerateEvent[]> {
  const { audioTemperature = 0, ...rest } = options
  const out: GenerateEvent[] = []
  for await (const event of answerChat(engine, what, { defaults: { ...defaults, audioTemperature }, ...rest }))
    out.push(event)
  return out
}
