/** @file A trained reward model as the recipes use it. */
import { RewardModel } from '../../packages/tony/src/align/reward-model.ts'
import { judgingRoom } from '../../packages/tony/src/align/rooms.ts'
import type { Sample } from '../../packages/tony/src/align/samples.ts'
import { nodeRuntime } from '../../packages/tony/src/runtime/node/index.ts'
import { readDemonstrations, writtenAnswer } from './labels.ts'
import { LabelMedia, type MediaOptions, usualMedia } from './media.ts'
import { type LoadedModel, openModel } from './model.ts'
import { roomForSome } from './world.ts'

/** A reward model at work. */
export interface Judge extends Pick<LoadedModel, 'params' | 'config'> {
  score(samples: readonly Sample[]): Promise<number[]>
  scoreTexts(items: readonly { readonly prompt: string; readonly answer: string }[]): Promise<number[]>
}

/** Opens the reward model in `folder`, with room for `frames` of speech at once; demonstrations get reward 0 on average (Ouyang et al. 2022, section 3.5). */
export async function openReward(
  folder: string,
  demonstrations: string,
  { frames = 0, ...media }: Partial<MediaOptions> & { readonly frames?: number } = {},
): Promise<Judge> {
  const model = openModel(folder)
  const { params, config, tokenizer, metadata } = model
  const weighs = metadata['likelihood'] === '1' ? { words: tokenizer.vocabSize } : {}
  const reader = new LabelMedia({ ...usualMedia, ...media })
  const known = (await readDemonstrations(demonstrations, model, reader)).slice(0, 1000)
  const room = roomForSome(16, known, config)
  const judge = await RewardModel.load(nodeRuntime, {
    config,
    params,
    shape: judgingRoom({ ...room, frames: Math.max(room.frames, frames) }),
    answers: 256,
    ...weighs,
  })
  await judge.normalise(known)
  return {
    params,
    config,
    score: (samples) => judge.score(samples),
    scoreTexts: (items) => judge.score(items.map(({ prompt, answer }) => writtenAnswer(model, prompt, answer))),
  }
}
