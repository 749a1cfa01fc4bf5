/** @file A trained reward model as the recipes use it. */
import { RewardModel } from '../../packages/tony/src/align/reward-model.ts'
import type { Sample } from '../../packages/tony/src/align/samples.ts'
import { textContent } from '../../packages/tony/src/data/preferences.ts'
import { nodeRuntime } from '../../packages/tony/src/runtime/node/index.ts'
import { readDemonstrations, sampleOf } from './labels.ts'
import { type LoadedModel, openModel } from './model.ts'
import { roomOf } from './world.ts'

/** A reward model at work. */
export interface Judge extends Pick<LoadedModel, 'params' | 'config'> {
  score(samples: readonly Sample[]): Promise<number[]>
  scoreTexts(items: readonly { readonly prompt: string; readonly answer: string }[]): Promise<number[]>
}

/** Opens the reward model in `folder`; demonstrations get reward 0 on average (Ouyang et al. 2022, section 3.5). */
export async function openReward(folder: string, demonstrations: string): Promise<Judge> {
  const model = openModel(folder)
  const { params, config, tokenizer, metadata } = model
  const weighs = metadata['likelihood'] === '1' ? { words: tokenizer.vocabSize } : {}
  const judge = await RewardModel.load(nodeRuntime, {
    config,
    params,
    shape: roomOf(16, config),
    answers: 256,
    ...weighs,
  })
  await judge.normalise(readDemonstrations(demonstrations, model).slice(0, 1000))
  return {
    params,
    config,
    score: (samples) => judge.score(samples),
    scoreTexts: (items) =>
      judge.score(
        items.map(({ prompt, answer }) =>
          sampleOf(model, [{ role: 'user', content: textContent(prompt) }], textContent(answer)),
        ),
      ),
  }
}
