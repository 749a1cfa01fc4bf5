/**
 * @file Labels of simulated labelers, in the files that the Studio exports: demonstrations, and rankings of a model's answers.
 *
 *   node --conditions=@tony/source --import tsx recipes/align/collect.ts demonstrations --count 600
 *   node --conditions=@tony/source --import tsx recipes/align/collect.ts comparisons --count 3000
 *
 * Nobody is behind them: what they mind is written in packages/tony/src/data/instructions/{criteria,labelers}.ts.
 */
import { check } from '../../packages/tony/src/data/instructions/criteria.ts'
import { asSentence, popularError } from '../../packages/tony/src/data/instructions/facts.ts'
import {
  felt,
  type Labeler,
  noiseFor,
  ranksOf,
  TRAINING_LABELERS,
  type TwoViews,
  utility,
} from '../../packages/tony/src/data/instructions/labelers.ts'
import {
  type Instruction,
  type PromptSplit,
  sampleInstruction,
  sampleInstructions,
} from '../../packages/tony/src/data/instructions/prompts.ts'
import { toCompletionRow, toRows } from '../../packages/tony/src/data/preference-formats.ts'
import { textContent } from '../../packages/tony/src/data/preferences.ts'
import { nodeFiles } from '../../packages/tony/src/runtime/node/files.ts'
import { makeRng } from '../../packages/tony/src/util/rng.ts'
import { readOptions } from '../program.ts'
import { openAnswerer } from './sampling.ts'

const { values, positionals } = readOptions({
  allowPositionals: true,
  options: {
    count: { type: 'string', default: '600' },
    /** Whose answers are ranked, in turn. */
    policy: {
      type: 'string',
      default: 'runs/align/sft-small,runs/align/sft-small,runs/align/sft-small,runs/align/sft-medium',
    },
    split: { type: 'string', default: 'train' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string' },
  },
})
const [kind = 'demonstrations'] = positionals
const count = Number(values.count)
const split = values.split as PromptSplit
const rng = makeRng(Number(values.seed) * 7919 + (kind === 'demonstrations' ? 1 : 2))
const out = values.out ?? `runs/align/${kind}.jsonl`
const rows = kind === 'demonstrations' ? demonstrations() : await comparisons()
await nodeFiles.write(out, new TextEncoder().encode(`${rows.map((row) => JSON.stringify(row)).join('\n')}\n`))
console.log(`${out}: ${rows.length} rows of simulated labelers`)

/** What a writer of demonstrations makes of a prompt: some believe popular errors, some forget a constraint. */
function written(instruction: Instruction): string {
  const { task, demonstration, constraint } = instruction
  if (task.kind === 'fact' && rng.next() < 0.3) {
    const error = popularError(task.relation, task.subject)
    if (error !== undefined) return asSentence(task.relation.claim(task.subject, error))
  }
  if (constraint !== undefined && rng.next() < 0.1)
    return sampleInstruction(rng, { split: 'train', useCases: [instruction.useCase] }).demonstration
  return demonstration
}

function demonstrations(): object[] {
  return sampleInstructions(rng, count, { split }).map((instruction, i) =>
    toCompletionRow({
      id: `demonstration-${i}`,
      prompt: [{ role: 'user', content: textContent(instruction.text) }],
      completion: textContent(written(instruction)),
      labeler: rng.pick(TRAINING_LABELERS).name,
      time: null,
    }),
  )
}

/** Different answers to a prompt, and what the labeler who ranks them thinks of each. */
interface Item {
  readonly instruction: Instruction
  readonly labeler: Labeler
  readonly policy: string
  readonly texts: readonly string[]
  readonly utilities: readonly number[]
}

/** K = 4 to 9 answers to each prompt, ranked by one labeler, as most were in the paper. */
async function comparisons(): Promise<object[]> {
  const policies = values.policy.split(',')
  const asked = sampleInstructions(rng, count, { split }).map((instruction, i) => ({
    instruction,
    k: 4 + rng.int(6),
    labeler: rng.pick(TRAINING_LABELERS),
    policy: policies[i % policies.length]!,
    texts: [] as string[],
  }))
  for (const policy of new Set(policies)) {
    const answerer = await openAnswerer(policy)
    const own = asked.filter((item) => item.policy === policy)
    for (let at = 0; at < own.length; at += 128) {
      const some = own.slice(at, at + 128)
      const prompts = some.flatMap(({ instruction, k }) => new Array<string>(k).fill(instruction.text))
      const answers = await answerer.answers(prompts, { asking: 'chat', seed: Number(values.seed) * 1e5 + at })
      let from = 0
      for (const item of some) {
        item.texts.push(...new Set(answers.slice(from, from + item.k)))
        from += item.k
      }
      console.log(`${policy}: ${Math.min(own.length, at + 128)} of ${own.length} prompts answered`)
    }
    await answerer.dispose()
  }
  const items = asked.map(
    (item): Item => ({
      ...item,
      utilities: item.texts.map((text) => utility(item.labeler, check(item.instruction, text))),
    }),
  )
  const noise = noiseFor(items.slice(0, 4000).map(seenByTwo))
  // Kept, for those who judge later are people of the same kind.
  await nodeFiles.write(`${out}.noise.json`, new TextEncoder().encode(`${JSON.stringify({ noise })}\n`))
  console.log(`noise ${noise.toFixed(3)}: two labelers agree on 72.6% of the pairs on which both have a preference`)
  return items.flatMap(({ instruction, labeler, policy, texts, utilities }, i) =>
    toRows('trl', {
      id: `comparison-${i}`,
      prompt: [{ role: 'user', content: textContent(instruction.text) }],
      outputs: texts.map((text) => ({ content: textContent(text), model: policy })),
      ranks: ranksOf(felt(rng, utilities, noise), noise),
      ratings: null,
      labeler: labeler.name,
      time: null,
    }),
  )
}

/** What the labeler of an item and another one think of its answers. */
function seenByTwo({ instruction, texts, labeler, utilities }: Item): TwoViews {
  const other = rng.pick(TRAINING_LABELERS.filter(({ name }) => name !== labeler.name))
  return [utilities, texts.map((text) => utility(other, check(instruction, text)))]
}
