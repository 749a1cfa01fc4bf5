/** @file Alignment: supervised fine-tuning, reward models, PPO-ptx, DPO, GRPO. */

export { type DpoOptions, dpoPlan, type PreferencePair } from './dpo.ts'
export { adaptKl, explainedVariance, gae, whiten } from './gae.ts'
export { type GrpoOptions, type GrpoPlan, groupAdvantages, grpo, grpoDefaults } from './grpo.ts'
export {
  type ClipOptions,
  CRITIC,
  dpoLoss,
  grpoLoss,
  type PpoLossOptions,
  ppoLoss,
  sftLoss,
} from './losses.ts'
export type { OnPolicyOptions, OnPolicyPlan, OnPolicyProgress } from './on-policy.ts'
export { actionLogprobs, type PolicyShape, type SampleInputs, sampleInputs, scalarHead } from './policy.ts'
export { type PpoOptions, type PpoPlan, ppo, ppoDefaults } from './ppo.ts'
export { mixOfSamples, type PretrainingMix, pretrainingInputs, withPretraining } from './pretraining.ts'
export { packRanked, type RankedAnswers, RewardModel, type RewardShape, rewardLoss } from './reward-model.ts'
export { type Rollout, type RolloutOptions, Sampler } from './rollout.ts'
export {
  bySample,
  byTarget,
  drawnSample,
  elementsOf,
  mediaNeeded,
  packSamples,
  packSome,
  type Sample,
  type SampleBatch,
  spokenSample,
  writtenSample,
} from './samples.ts'
