/** @file Tony's side of bench/ppo: iterations of `ppo` with a reward model, timed. */
import { ppo, RewardModel, rewardLoss } from '../packages/tony/src/align/index.ts'
import { Tokenizer } from '../packages/tony/src/media/text/tokenizer.ts'
import { controlTokens, type OmniConfig, omniConfig, vocabSize } from '../packages/tony/src/models/omni/config.ts'
import type { BatchShape } from '../packages/tony/src/models/omni/model.ts'
import { blockConfig } from '../packages/tony/src/nn/block.ts'
import { initParams, ParamScope, type ParamValues } from '../packages/tony/src/nn/params.ts'
import { nodeRuntime } from '../packages/tony/src/runtime/node/index.ts'
import { TonyError } from '../packages/tony/src/util/errors.ts'
import type { PpoCase } from './ppo-config.ts'
import { serveRequests } from './worker-process.ts'

const job = JSON.parse(process.argv[2]!) as PpoCase
const { vocab, width, layers, heads, hidden, prompt, answer, rollouts, minibatch, threads } = job
const config: OmniConfig = {
  ...omniConfig({ textVocab: vocab - controlTokens.length - 1 }),
  imageCodes: 1,
  block: blockConfig({ width, layers, heads, hidden }),
}
if (vocabSize(config) !== vocab) throw new TonyError('invalid', `a vocabulary of ${vocab} is no multiple of 64`)
// A tokenizer with as many entries as the network has words: what they spell does not matter here.
const tokenizer = Tokenizer.fromMerges(
  Array.from({ length: config.textVocab - 256 }, (_, i) => [i % 256, (i * 7) % 256] as const),
  controlTokens,
)
const shape: BatchShape = {
  batch: minibatch,
  time: prompt + answer,
  audio: 0,
  image: 0,
  frames: 0,
  targets: minibatch * answer,
}
const reward = { config, shape, answers: minibatch }
function made(build: (p: ParamScope) => unknown, seed: number): ParamValues {
  const scope = new ParamScope()
  build(scope)
  return initParams(
    scope.entries.map(({ spec }) => spec),
    seed,
  )
}
const params = made((p) => rewardLoss(p, { ...reward, pairs: 1 }), 1)
const judge = await RewardModel.load(nodeRuntime, {
  ...reward,
  params: made((p) => rewardLoss(p, { ...reward, pairs: 1 }), 2),
  threads,
})

await serveRequests(async ({ iterations }: { iterations: number }) => {
  const seconds: number[][] = []
  await ppo(
    {
      name: 'bench',
      seed: 1,
      iterations,
      config,
      tokenizer,
      shape,
      policy: params,
      critic: params,
      prompt: (rng) =>
        Array.from({ length: prompt - 2 }, () => ({ kind: 'token' as const, id: rng.int(config.textVocab) })),
      answers: { mode: 'text', temperature: 1, maxPositions: answer },
      score: (answers) => judge.score(answers),
      rate: () => 1e-5,
      options: { rollouts, minibatch, epochs: 1, kl: { beta: 0.02 } },
    },
    {
      runtime: nodeRuntime,
      files: { read: async () => undefined, write: async () => undefined, append: async () => undefined },
      folder: 'run',
      now: () => performance.now(),
      threads,
      onProgress: ({ metrics }) =>
        seconds.push([metrics['time/rollout']!, metrics['time/score']!, metrics['time/update']!]),
    },
  )
  return { seconds }
})
await judge.dispose()
