/** @file A model small enough to align in a test: it writes six words. */
import { Tokenizer } from '../../media/text/tokenizer.ts'
import { controlId, controlTokens, type OmniConfig, omniConfig } from '../../models/omni/config.ts'
import type { BatchShape } from '../../models/omni/model.ts'
import type { Element } from '../../models/omni/sequence.ts'
import { blockConfig } from '../../nn/block.ts'
import { initParams, ParamScope, type ParamValues } from '../../nn/params.ts'
import type { Runtime } from '../../runtime/types.ts'
import type { TrainPlan } from '../../train/loop.ts'
import { type StepResult, Trainer } from '../../train/step.ts'
import type { Files } from '../../util/files.ts'
import type { OnPolicyOptions } from '../on-policy.ts'
import { actionLogprobs, type PolicyShape, sampleInputs } from '../policy.ts'
import { type Sample, writtenSample } from '../samples.ts'

export const WORDS = 6
export const config: OmniConfig = {
  ...omniConfig({ textVocab: WORDS }),
  imageCodes: 1,
  contextLength: 64,
  block: blockConfig({ width: 32, layers: 1, heads: 2 }),
}
export const tokenizer: Tokenizer = Tokenizer.fromMerges([], controlTokens)
export const shape: BatchShape = { batch: 8, time: 64, audio: 0, image: 0, frames: 0, targets: 256 }
export const policyShape: PolicyShape = { config, shape, words: WORDS, temperature: 1 }

const control = (name: Parameters<typeof controlId>[1]): Element => ({ kind: 'token', id: controlId(config, name) })
export const word = (id: number): Element => ({ kind: 'token', id })
export const end: Element = control('<|end|>')
export const prompt: readonly Element[] = [control('<|user|>')]

/** `prompt` answered by `words` and the end. */
export function answered(words: readonly number[]): Sample {
  const asked = [...prompt, control('<|assistant|>'), control('<|text|>')]
  return writtenSample(asked, [...words, controlId(config, '<|end|>')])
}

/** A policy that has learned nothing. */
export function newPolicy(seed: number, of: PolicyShape = policyShape): ParamValues {
  const scope = new ParamScope()
  actionLogprobs(scope, sampleInputs(of.config, of.shape), of)
  return initParams(
    scope.entries.map(({ spec }) => spec),
    seed,
  )
}

export function memoryFiles(): Files & { stored: Map<string, Uint8Array> } {
  const stored = new Map<string, Uint8Array>()
  return {
    stored,
    read: async (path) => stored.get(path),
    write: async (path, bytes) => void stored.set(path, bytes.slice()),
    append: async () => undefined,
  }
}

/** Trains all steps of a plan; what the first and the last of them gave. */
export async function trainAll(runtime: Runtime, plan: TrainPlan): Promise<{ first: StepResult; last: StepResult }> {
  const trainer = await Trainer.create(runtime, plan.model, { seed: 1, initial: plan.initial!, threads: 1 })
  const first = await trainer.run(await plan.batch(0), plan.rate(0))
  let last = first
  for (let step = 1; step < plan.steps; step++) last = await trainer.run(await plan.batch(step), plan.rate(step))
  await trainer.dispose()
  return { first, last }
}

/** How a test runs PPO or GRPO, in memory and at no time; the scores of its iterations, the ratios that they began at, and how far sampling and training were apart. */
export function watched(runtime: Runtime): {
  options: OnPolicyOptions
  scores: number[]
  firstRatios: number[]
  gaps: number[]
} {
  const scores: number[] = []
  const firstRatios: number[] = []
  const gaps: number[] = []
  const options: OnPolicyOptions = {
    runtime,
    files: memoryFiles(),
    folder: 'run',
    now: () => 0,
    threads: 1,
    onProgress: ({ metrics }) => {
      firstRatios.push(metrics['firstRatio']!)
      scores.push(metrics['score']!)
      gaps.push(metrics['rolloutGapMax']!)
    },
  }
  return { options, scores, firstRatios, gaps }
}
