/** @file What the recipes of PPO and GRPO share: a policy, prompts, and a reward model that judges its answers. */
import type { OnPolicyPlan } from '../../packages/tony/src/align/on-policy.ts'
import { type MediaOptions, usualMedia } from './media.ts'
import { type LoadedModel, nameAfter, openModel, usualPeak } from './model.ts'
import { openPrompts } from './prompts.ts'
import { type Judge, openReward } from './reward.ts'
import { roomOf } from './world.ts'

/** Options of both recipes. */
export interface OnPolicyRecipe extends Partial<MediaOptions> {
  readonly from?: string
  readonly reward?: string
  /** Their mean reward becomes 0. */
  readonly demonstrations?: string
  /** Prompts as JSONL; without it those of the simulated world. */
  readonly prompts?: string
  /** Iterations. */
  readonly steps?: number
  /** By default 4e-4, a fifth of it for what comes from the shipped model. */
  readonly peak?: number
  readonly seed?: number
  /** Decay a minibatch of averaged weights, 0 for none. The paper's 0.992 suits its 4,000 minibatches, a run of 120 wants less. */
  readonly average?: number
  /** Room of a minibatch in rows of 256 positions: more where prompts or answers are long. */
  readonly rows?: number
  readonly name?: string
  /** How it answers (default `text`). */
  readonly mode?: 'text' | 'speech' | 'draw'
  /** Answers of one minibatch. */
  readonly minibatch?: number
  /** Most positions of an answer; by default as many as its mode usually takes. */
  readonly longest?: number
}

/** Positions that suffice for an answer: a line of writing, some ten seconds of speech, a picture. */
const LONGEST = { text: 40, speech: 160, draw: 80 } as const

/** The common part of a plan; `method` stands in its name where SFT stood. */
export async function onPolicyPlan(
  method: string,
  steps: number,
  {
    from = 'runs/align/sft-small',
    reward = 'runs/align/rm',
    demonstrations = 'runs/align/demonstrations.jsonl',
    prompts,
    peak: given,
    seed = 1,
    average = 0,
    rows = 16,
    minibatch = 64,
    mode = 'text',
    longest = LONGEST[mode],
    media = usualMedia.media,
    like = usualMedia.like,
    name = `${nameAfter(from, { earlier: 'sft', method })}-${seed}`,
  }: Omit<OnPolicyRecipe, 'steps'>,
): Promise<{ common: OnPolicyPlan; judge: Judge; model: LoadedModel }> {
  const model = openModel(from)
  const { params, config, tokenizer, beside } = model
  const peak = given ?? usualPeak(params, 4e-4)
  const room = roomOf(rows, config)
  const frames = mode === 'speech' ? room.targets : 0
  const judge = await openReward(reward, demonstrations, { frames, media, like })
  const common: OnPolicyPlan = {
    name: `align/${name}`,
    seed,
    iterations: steps,
    config,
    tokenizer,
    // An answer of `longest` positions has as many targets.
    shape: { ...room, frames, targets: Math.min(room.targets, minibatch * longest) },
    policy: params,
    prompt: openPrompts(model, prompts),
    answers: { mode, temperature: 1, maxPositions: longest },
    score: (rollouts) => judge.score(rollouts),
    // Constant after ten iterations that begin with a tenth of it (Ouyang et al. 2022, section C.4).
    rate: (iteration) => peak * Math.min(1, 0.1 + 0.09 * iteration),
    ...(average > 0 ? { average } : {}),
    beside,
    metadata: { model: 'omni', config: JSON.stringify(config) },
  }
  return { common, judge, model }
}
