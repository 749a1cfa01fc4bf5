/**
 * @file A reward model on people's own preferences: pairs of Anthropic's HH-RLHF, against the shorter answer and a
 * Bradley-Terry model of words, on the same folds. The files hold offensive text, of which none is printed.
 *
 *   npm run -s bench -- hh-reward --data ../shared/data/hh-rlhf
 *
 * Needs recipes/build-text.ts to have run. What was made is kept in `--out` (runs/hh): a call that was broken off goes on.
 *
 * Each fold: the language model of `hh-language.ts` is taken on to the dialogues of the other folds, both answers alike,
 * without what people preferred; then two kinds of reward model learn the preferences of the other folds. `tuned` is
 * align/reward-model.ts as PPO uses it: all weights, reward at the last position, mean of several seeds. `head` leaves the
 * language model as it is and fits a linear head on its states pooled over the answer; `head + n-grams` also gives that head
 * the features of the Bradley-Terry model, which makes it a hybrid. All choices are made by cross-validation inside the
 * other folds.
 */
import { createHash } from 'node:crypto'
import { RewardModel } from '../packages/tony/src/align/reward-model.ts'
import type { Sample } from '../packages/tony/src/align/samples.ts'
import { fitBradleyTerry } from '../packages/tony/src/eval/bradley-terry.ts'
import { groupFolds } from '../packages/tony/src/eval/folds.ts'
import { mcNemar } from '../packages/tony/src/eval/paired.ts'
import { proportion, rateDifference, type Scored } from '../packages/tony/src/eval/score.ts'
import type { ParamValues } from '../packages/tony/src/nn/params.ts'
import { nodeFiles } from '../packages/tony/src/runtime/node/files.ts'
import { nodeRuntime } from '../packages/tony/src/runtime/node/index.ts'
import { decodeCheckpoint, encodeCheckpoint } from '../packages/tony/src/train/checkpoint.ts'
import { TonyError } from '../packages/tony/src/util/errors.ts'
import { makeRng } from '../packages/tony/src/util/rng.ts'
import { readOptions } from '../recipes/program.ts'
import { denseProducts, featureDifferences, featureSets, featuresOf } from './hh-features.ts'
import { languageModel, readSources } from './hh-language.ts'
import {
  dialogueBatch,
  languageRuns,
  rewardRuns,
  rewardShape,
  type ShortRuns,
  samplesOf,
  trainReward,
} from './hh-model.ts'
import { type Pair, readPairs } from './hh-pairs.ts'
import { bestL2, INNER_FOLDS, marginsOf, productsOf, wordDifference, wordMargins } from './hh-words.ts'

/** Taking the language model on to dialogues: about two and a half times through those of four folds. */
const DIALOGUE = { steps: 200, rate: 1.5e-3 }
const TUNED = { epochs: 1, rate: 3e-4, seeds: 2 }
const HEAD_L2 = [300, 1000, 3000]
/** Weights of the products of n-grams beside those of the states. */
const NGRAMS = [10, 30]

const models = ['shorter', 'words', 'tuned', 'head', 'head + n-grams'] as const
type Model = (typeof models)[number]

/** Margins of a fold's held-out pairs under each model, and what inner validation chose. */
interface FoldResult {
  readonly margins: Readonly<Record<Model, readonly number[]>>
  readonly chosen: Readonly<Record<string, string | number>>
}

export async function main(args: readonly string[]): Promise<void> {
  const { values } = readOptions({
    args: [...args],
    options: {
      data: { type: 'string', default: '../shared/data/hh-rlhf' },
      text: { type: 'string', default: 'runs/data/text' },
      shared: { type: 'string', default: '../shared/data' },
      out: { type: 'string', default: 'runs/hh' },
      folds: { type: 'string', default: '5' },
      seed: { type: 'string', default: '1' },
      steps: { type: 'string', default: '1200' },
    },
  })
  const { pairs, skipped } = readPairs(values.data)
  const [count, seed, steps] = [values.folds, values.seed, values.steps].map(Number) as [number, number, number]
  if (pairs.length < 10 * count)
    throw new TonyError('invalid', `hh-reward: ${pairs.length} pairs in '${values.data}' (expected ten for each fold)`)
  console.log(`${pairs.length} pairs; ${skipped} left out whose sides answer different prompts`)
  const keys = pairs.map(({ key }) => key)
  const folds = groupFolds(keys, count, makeRng(seed))
  const sources = (): ReturnType<typeof readSources> => readSources({ text: values.text, shared: values.shared })
  const { tokenizer, params } = await languageModel({ folder: `${values.out}/language-${steps}`, steps, sources })
  // What was kept belongs to these pairs and settings alone.
  const about = JSON.stringify([pairs, count, seed, steps, DIALOGUE, TUNED, HEAD_L2, NGRAMS])
  const folder = `${values.out}/folds-${createHash('sha256').update(about).digest('hex').slice(0, 10)}`

  const samples = pairs.map((pair) => samplesOf(tokenizer, pair))
  const runs: { language?: ShortRuns; reward?: ShortRuns } = {}
  const results: FoldResult[] = []
  for (let fold = 0; fold < count; fold++) {
    const began = performance.now()
    const inside = pairs.flatMap((_, i) => (folds[i] === fold ? [] : [i]))
    const outside = pairs.flatMap((_, i) => (folds[i] === fold ? [i] : []))
    const path = `${folder}/fold-${fold}`
    const result = await kept(`${path}.json`, async (): Promise<FoldResult> => {
      const language = await keptParams(`${path}.safetensors`, async () => {
        runs.language ??= await languageRuns()
        const batch = dialogueBatch(
          inside.flatMap((i) => samples[i]!),
          seed * 100 + fold,
        )
        return runs.language.run(params, { ...DIALOGUE, batch, seed })
      })
      const words = wordMargins(pick(pairs, inside), pick(pairs, outside), seed)
      const heads = await headMargins(language, { pairs, samples, inside, outside, seed })
      runs.reward ??= await rewardRuns()
      const tuned = await tunedMargins(runs.reward, language, { samples, inside, outside, seed })
      return {
        margins: {
          shorter: pick(pairs, outside).map(({ chosen, rejected }) => rejected.length - chosen.length),
          words: words.margins,
          tuned,
          head: heads.head,
          'head + n-grams': heads.hybrid,
        },
        chosen: { wordsL2: words.l2, ...heads.chosen },
      }
    })
    results.push(result)
    const shares = models.map((model) => `${model} ${percent(1 - proportion(errorsOf(result.margins[model])).value)}`)
    console.log(
      `fold ${fold}, ${outside.length} held out: ${shares.join(', ')} (${JSON.stringify(result.chosen)}, ${((performance.now() - began) / 1000).toFixed(0)} s)`,
    )
  }
  await runs.language?.dispose()
  await runs.reward?.dispose()
  report(results, { pairs: pairs.length, skipped, folds: count, seed })
}

const pick = <T>(list: readonly T[], places: readonly number[]): T[] => places.map((i) => list[i]!)

interface Split {
  readonly samples: readonly (readonly [Sample, Sample])[]
  readonly inside: readonly number[]
  readonly outside: readonly number[]
  readonly seed: number
}

/** Margins of linear heads on the frozen language model: on its states, and on n-grams too. */
async function headMargins(
  language: ParamValues,
  { pairs, samples, inside, outside, seed }: Split & { readonly pairs: readonly Pair[] },
): Promise<{ head: number[]; hybrid: number[]; chosen: Record<string, string | number> }> {
  const flat = await featuresOf(language, samples.flat())
  const rows = samples.map((_, i): [Float32Array, Float32Array] => [flat[2 * i]!, flat[2 * i + 1]!])
  const inner = groupFolds(
    pick(pairs, inside).map(({ key }) => key),
    INNER_FOLDS,
    makeRng(seed),
  )
  const candidates = Object.entries(featureSets).map(([name, set]) => {
    const all = denseProducts(featureDifferences(rows, set, inside), inside)
    return { name, all, ...bestL2(pick(all, inside), inner, HEAD_L2) }
  })
  const head = candidates.reduce((a, b) => (b.loss < a.loss ? b : a))
  const differences = pairs.map(wordDifference)
  const grams = productsOf(differences, pick(differences, inside))
  const hybrids = NGRAMS.map((weight) => {
    const all = head.all.map((row, i) => row.map((value, j) => value + weight * grams[i]![j]!))
    return { weight, all, ...bestL2(pick(all, inside), inner, HEAD_L2) }
  })
  const hybrid = hybrids.reduce((a, b) => (b.loss < a.loss ? b : a))
  const margins = ({ all, l2 }: { all: readonly Float64Array[]; l2: number }): number[] =>
    marginsOf(pick(all, outside), fitBradleyTerry(pick(all, inside), l2))
  return {
    head: margins(head),
    hybrid: margins(hybrid),
    chosen: { features: head.name, headL2: head.l2, ngrams: hybrid.weight, hybridL2: hybrid.l2 },
  }
}

/** Mean margins of reward models that were trained from several seeds. */
async function tunedMargins(
  runs: ShortRuns,
  language: ParamValues,
  { samples, inside, outside, seed }: Split,
): Promise<number[]> {
  const sums = new Array<number>(outside.length).fill(0)
  for (let k = 0; k < TUNED.seeds; k++) {
    const params = await trainReward(runs, language, pick(samples, inside), { ...TUNED, seed: seed * 10 + k })
    const model = await RewardModel.load(nodeRuntime, { ...rewardShape, params, threads: 1 })
    const rewards = await model.score(pick(samples, outside).flat())
    await model.dispose()
    outside.forEach((_, i) => {
      sums[i]! += (rewards[2 * i]! - rewards[2 * i + 1]!) / TUNED.seeds
    })
  }
  return sums
}

/** A margin of 0 is half an error: what it would be on average if a coin decided. */
const errorsOf = (margins: readonly number[]): Scored[] =>
  margins.map((margin) => ({ errors: margin > 0 ? 0 : margin === 0 ? 0.5 : 1, length: 1 }))

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`

function report(results: readonly FoldResult[], about: Readonly<Record<string, number>>): void {
  const all = (model: Model): number[] => results.flatMap(({ margins }) => margins[model])
  const words = all('words')
  const right = (margins: readonly number[]): boolean[] => margins.map((margin) => margin > 0)
  const digits = (x: number): number => Number(x.toFixed(4))
  console.log(
    '\nmodel            accuracy  95% interval    less words (95%)         only it / only words right, p (McNemar)',
  )
  const rows = models.map((model) => {
    const margins = all(model)
    const { value, low, high } = proportion(errorsOf(margins))
    const [accuracy, from, to] = [1 - value, 1 - high, 1 - low]
    const gain = rateDifference(errorsOf(words), errorsOf(margins), makeRng(1))
    const { onlyFirst, onlySecond, p } = mcNemar(right(margins), right(words))
    const paired = model === 'words' ? '' : `${signed(gain.value)} (${signed(gain.low)} to ${signed(gain.high)})`
    console.log(
      `${model.padEnd(16)} ${percent(accuracy).padStart(8)}  ${`${percent(from)}–${percent(to)}`.padEnd(15)} ${paired.padEnd(24)} ${model === 'words' ? '' : `${onlyFirst} / ${onlySecond}, ${p.toFixed(3)}`}`.trimEnd(),
    )
    return {
      model,
      accuracy: digits(accuracy),
      interval: [digits(from), digits(to)],
      folds: results.map(({ margins: m }) => digits(1 - proportion(errorsOf(m[model])).value)),
      ...(model === 'words'
        ? {}
        : {
            lessWords: [gain.value, gain.low, gain.high].map(digits),
            onlyIt: onlyFirst,
            onlyWords: onlySecond,
            p: digits(p),
          }),
    }
  })
  console.log(
    JSON.stringify({ bench: 'hh-reward', ...about, models: rows, chosen: results.map(({ chosen }) => chosen) }),
  )
}

const signed = (share: number): string => `${share < 0 ? '-' : '+'}${(100 * Math.abs(share)).toFixed(1)}`

/** What an earlier call wrote to `path`, or what `make` gives, written there. */
async function kept<T>(path: string, make: () => Promise<T>): Promise<T> {
  const known = await nodeFiles.read(path)
  if (known !== undefined) return JSON.parse(new TextDecoder().decode(known)) as T // written below
  const made = await make()
  await nodeFiles.write(path, new TextEncoder().encode(JSON.stringify(made)))
  return made
}

async function keptParams(path: string, make: () => Promise<ParamValues>): Promise<ParamValues> {
  const known = await nodeFiles.read(path)
  if (known !== undefined) return decodeCheckpoint(known, path).state.params
  const params = await make()
  await nodeFiles.write(path, encodeCheckpoint({ step: 0, params, moment1: {}, moment2: {} }))
  return params
}
