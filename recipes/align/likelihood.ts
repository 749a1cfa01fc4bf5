/** @file Log-likelihoods of texts under a model: multiple choice and held-out text, as the evaluations before and after alignment ask for them. */
import { compileLogprobs, rowsOf, sum } from '../../packages/tony/src/align/forward.ts'
import { type Sample, writtenSample } from '../../packages/tony/src/align/samples.ts'
import { nodeRuntime } from '../../packages/tony/src/runtime/node/index.ts'
import type { LoadedModel } from './model.ts'
import { beginning, textShape } from './world.ts'

/** A question whose answer is the likeliest of `choices` after `context`. */
export interface ChoiceItem {
  readonly context: string
  readonly choices: readonly string[]
  readonly right: number
}

/** What a model makes of texts. */
export interface Likelihood {
  /** Whether each item is answered right, by the mean log-probability of a token (Ouyang et al. 2022, appendix D). */
  choose(items: readonly ChoiceItem[]): Promise<boolean[]>
  /** Mean negative log-likelihood of a token in nats. */
  loss(samples: readonly Sample[]): Promise<number>
  dispose(): Promise<void>
}

const LONGEST = 240

export async function openLikelihood({ config, tokenizer, params }: LoadedModel): Promise<Likelihood> {
  const policy = { config, shape: textShape(8), words: tokenizer.vocabSize, temperature: 1 }
  const session = await compileLogprobs(nodeRuntime, policy, { weights: () => params })
  const logprobs = async (samples: readonly Sample[]): Promise<readonly Float32Array[]> =>
    (await rowsOf(samples, policy, [session]))[0]!['logprobs']!
  const sampleOf = (context: string, choice: string): Sample => {
    const before = beginning(tokenizer, config, context)
    const ids = tokenizer.encode(choice)
    // What is long is cut at its beginning: the end is what the choice follows.
    return writtenSample(before.slice(-Math.max(1, LONGEST - ids.length)), ids)
  }
  return {
    async choose(items) {
      const rows = await logprobs(
        items.flatMap(({ context, choices }) => choices.map((choice) => sampleOf(context, choice))),
      )
      let at = 0
      return items.map(({ choices, right }) => {
        const means = choices.map((_, i) => sum(rows[at + i]!) / rows[at + i]!.length)
        at += choices.length
        return means.indexOf(Math.max(...means)) === right
      })
    },
    async loss(samples) {
      const rows = await logprobs(samples)
      return -rows.reduce((total, row) => total + sum(row), 0) / rows.reduce((total, row) => total + row.length, 0)
    },
    dispose: () => session.dispose(),
  }
}
