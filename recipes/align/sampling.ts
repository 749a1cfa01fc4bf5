/** @file Answers of a model to many prompts at once, and what the outside sees of them. */
import { Sampler } from '../../packages/tony/src/align/rollout.ts'
import { nodeRuntime } from '../../packages/tony/src/runtime/node/index.ts'
import { askedElements } from './labels.ts'
import { type LoadedModel, openModel } from './model.ts'
import { beginning } from './world.ts'

/** How a model is asked: as an assistant, or as a base model whose text goes on after `before(prompt)` up to the line's end. */
export type Asking = 'chat' | { readonly before: (prompt: string) => string }

/** A model that answers. */
export interface Answerer {
  readonly model: LoadedModel
  answers(prompts: readonly string[], how: { asking: Asking; seed: number; temperature?: number }): Promise<string[]>
  dispose(): Promise<void>
}

const LONGEST = 40

/** Opens the model in `folder` for sampling. */
export async function openAnswerer(folder: string): Promise<Answerer> {
  const model = openModel(folder)
  const { config, tokenizer, params } = model
  const sampler = await Sampler.load(nodeRuntime, { config, tokenizer, params: () => params })
  return {
    model,
    async answers(prompts, { asking, seed, temperature = 1 }) {
      const chat = asking === 'chat'
      const elements = prompts.map((prompt) =>
        chat ? askedElements(model, prompt) : beginning(tokenizer, config, asking.before(prompt)),
      )
      const rollouts = await sampler.sample(elements, {
        mode: chat ? 'text' : 'continue',
        temperature,
        maxPositions: LONGEST,
        seed,
        ...(chat ? {} : { stop: ['\n'] }),
      })
      return rollouts.map(({ text }) => text.trim())
    },
    dispose: () => sampler.dispose(),
  }
}
