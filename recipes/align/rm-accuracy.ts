/**
 * @file How often a reward model prefers what labelers prefer (Ouyang et al. 2022, section 4.1), those who trained it and those
 * who did not, and what of the labelers' criteria it sees: `runs/align/reward-accuracy.json`, which recipes/align/tables.ts
 * takes into the report.
 *
 *   node --conditions=@tony/source --import tsx recipes/align/rm-accuracy.ts [--reward runs/align/rm]
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { check, type Findings } from '../../packages/tony/src/data/instructions/criteria.ts'
import {
  EVALUATION_LABELERS,
  felt,
  type Labeler,
  meanUtility,
  ranksOf,
  TRAINING_LABELERS,
  utility,
} from '../../packages/tony/src/data/instructions/labelers.ts'
import { type Instruction, sampleInstructions, USE_CASES } from '../../packages/tony/src/data/instructions/prompts.ts'
import { preferencePairs } from '../../packages/tony/src/data/preferences.ts'
import { expectedCalibrationError } from '../../packages/tony/src/eval/calibration.ts'
import type { Cell, Section } from '../../packages/tony/src/eval/report.ts'
import { winRate } from '../../packages/tony/src/eval/win-rate.ts'
import { nodeFiles } from '../../packages/tony/src/runtime/node/files.ts'
import { makeRng, type Rng } from '../../packages/tony/src/util/rng.ts'
import { readOptions } from '../program.ts'
import { openReward } from './reward.ts'
import { openAnswerer } from './sampling.ts'

/** Answers to one prompt, what is found of each, and its reward. */
interface Scored {
  readonly instruction: Instruction
  readonly found: readonly Findings[]
  /** Letters. */
  readonly lengths: readonly number[]
  readonly rewards: readonly number[]
}

const { values } = readOptions({
  options: {
    runs: { type: 'string', default: 'runs/align' },
    reward: { type: 'string', default: 'runs/align/rm' },
    policies: { type: 'string', default: 'sft-small,sft-small,sft-small,sft-medium' },
    prompts: { type: 'string', default: '600' },
    out: { type: 'string', default: 'runs/align/reward-accuracy.json' },
  },
})
const K = 6

const scored = await answersWithRewards()
const { noise } = JSON.parse(readFileSync(join(values.runs, 'comparisons.jsonl.noise.json'), 'utf8')) as {
  noise: number
}

/** A share of right choices with its interval over prompts; a choice that was not made counts half. */
class Share {
  private readonly points: number[] = []
  private readonly prompts: number[] = []

  add(prompt: number, margin: number): void {
    this.points.push(margin > 0 ? 1 : margin < 0 ? 0 : 0.5)
    this.prompts.push(prompt)
  }

  cells(): Cell[] {
    if (this.points.length === 0) return ['–', '0']
    return [winRate(this.points, this.prompts, makeRng(62)), this.points.length.toLocaleString('en')]
  }
}

/** The ranks that one labeler of a group gives. */
function ranksOfOne(rng: Rng, labelers: readonly Labeler[], found: readonly Findings[]): number[] {
  const labeler = rng.pick(labelers)
  const utilities = found.map((one) => utility(labeler, one))
  return ranksOf(felt(rng, utilities, noise), noise)
}

/** Choices of the labelers of a group, each prompt ranked by one of them: how often others agree. */
function againstLabelers(labelers: readonly Labeler[]): Cell[] {
  const rng = makeRng(63)
  const shares = [new Share(), new Share(), new Share()] as const
  scored.forEach(({ found, rewards }, prompt) => {
    const [first, second] = [0, 1].map(() => ranksOfOne(rng, labelers, found))
    for (const { chosen, rejected } of preferencePairs(first!)) {
      const [model, noiseless, other] = shares
      model.add(prompt, rewards[chosen]! - rewards[rejected]!)
      noiseless.add(prompt, meanUtility(labelers, found[chosen]!) - meanUtility(labelers, found[rejected]!))
      const gap = second![rejected]! - second![chosen]!
      if (gap !== 0) other.add(prompt, gap)
    }
  })
  return shares.flatMap((share, i) => (i === 0 ? share.cells() : share.cells().slice(0, 1)))
}

/** What the reward model and the longer answer get right of one labeler's choices, and how far the model's certainty is from that. */
function certainty(labelers: readonly Labeler[]): Cell[] {
  const rng = makeRng(64)
  const [model, longer] = [new Share(), new Share()]
  const confidences: number[] = []
  const right: boolean[] = []
  scored.forEach(({ found, lengths, rewards }, prompt) => {
    for (const { chosen, rejected } of preferencePairs(ranksOfOne(rng, labelers, found))) {
      const margin = rewards[chosen]! - rewards[rejected]!
      model.add(prompt, margin)
      longer.add(prompt, lengths[chosen]! - lengths[rejected]!)
      confidences.push(1 / (1 + Math.exp(-Math.abs(margin))))
      right.push(margin > 0)
    }
  })
  const error = confidences.length === 0 ? '–' : expectedCalibrationError(confidences, right).toFixed(3)
  return [...model.cells().slice(0, 1), ...longer.cells(), error]
}

/** Pairs by what the labelers who trained it think on average, without noise; only those that `counts` accepts. */
function withoutNoise(
  counts: (better: Findings, worse: Findings) => boolean,
  of: (instruction: Instruction) => boolean = () => true,
): Cell[] {
  const share = new Share()
  scored.forEach(({ instruction, found, rewards }, prompt) => {
    if (!of(instruction)) return
    found.forEach((better, i) => {
      found.forEach((worse, j) => {
        if (meanUtility(TRAINING_LABELERS, better) - meanUtility(TRAINING_LABELERS, worse) < 0.1) return
        if (counts(better, worse)) share.add(prompt, rewards[i]! - rewards[j]!)
      })
    })
  })
  return share.cells()
}

const CRITERIA = {
  followed: 'does what is asked',
  truthful: 'says nothing false',
  constraint: 'keeps the constraint',
  harmless: 'harmless',
  attempted: 'answers at all',
} as const
type Criterion = keyof typeof CRITERIA
const criteria = Object.keys(CRITERIA) as Criterion[]

const sections: Section[] = [
  {
    title: 'The reward model against labelers',
    text: [
      `${scored.length} validation prompts, ${K} answers each of ${[...new Set(values.policies.split(','))].join(' and ')}, ranked by one labeler. How often the reward model prefers what that labeler prefers, how often somebody who feels no noise would, and how often a second labeler of the group who has a preference does. The paper: 72.4 ± 0.4% on the labelers of its training data, 69.6 ± 0.9% on held-out ones (section 4.1).`,
    ],
    table: {
      columns: ['labelers', 'reward model', 'pairs', 'without noise', 'a second labeler'],
      rows: [
        ['those who trained it', ...againstLabelers(TRAINING_LABELERS)],
        ['held-out', ...againstLabelers(EVALUATION_LABELERS)],
      ],
    },
  },
  {
    title: 'Length, and certainty',
    text: [
      'The same choices again: how often the longer answer is the preferred one, which a reward model must beat to have learned more than length, and the expected calibration error, by which its certainty σ(|difference of rewards|) misses the share of right choices.',
    ],
    table: {
      columns: ['labelers', 'reward model', 'the longer answer', 'pairs', 'calibration error'],
      rows: [
        ['those who trained it', ...certainty(TRAINING_LABELERS)],
        ['held-out', ...certainty(EVALUATION_LABELERS)],
      ],
    },
  },
  {
    title: 'What the reward model sees',
    text: [
      'Pairs of answers of which one is better without noise: how often it gets the larger reward. First pairs that differ in one criterion alone, then all pairs of a use case.',
    ],
    table: {
      columns: ['that differ in, or of', 'right', 'pairs'],
      rows: [
        ...criteria.map((name): Cell[] => [
          CRITERIA[name],
          ...withoutNoise((better, worse) =>
            criteria.every((other) =>
              other === name ? better[other] !== worse[other] : better[other] === worse[other],
            ),
          ),
        ]),
        ...Object.keys(USE_CASES).map((useCase): Cell[] => [
          useCase,
          ...withoutNoise(
            () => true,
            (instruction) => instruction.useCase === useCase,
          ),
        ]),
        ['all', ...withoutNoise(() => true)],
      ],
    },
  },
]

await nodeFiles.write(values.out, new TextEncoder().encode(JSON.stringify(sections, null, 1)))
for (const { title, table } of sections) {
  console.log(title)
  for (const row of [table!.columns, ...table!.rows]) console.log(`  ${row.map(shown).join('  ')}`)
}

function shown(cell: Cell): string {
  if (typeof cell === 'string') return cell
  return `${cell.value.toFixed(3)} (${cell.low!.toFixed(3)}–${cell.high!.toFixed(3)})`
}

async function answersWithRewards(): Promise<Scored[]> {
  const policies = values.policies.split(',')
  const instructions = sampleInstructions(makeRng(61), Number(values.prompts), { split: 'validation' })
  const judge = await openReward(values.reward, join(values.runs, 'demonstrations.jsonl'))
  const out: Scored[] = []
  for (const policy of new Set(policies)) {
    const answerer = await openAnswerer(join(values.runs, policy))
    const asked = instructions
      .filter((_, i) => policies[i % policies.length] === policy)
      .flatMap((instruction) => new Array<Instruction>(K).fill(instruction))
    const answers = await answerer.answers(
      asked.map(({ text }) => text),
      { asking: 'chat', seed: 61 },
    )
    await answerer.dispose()
    const items = asked.map((instruction, i) => ({ prompt: instruction.text, answer: answers[i]! }))
    const rewards = await judge.scoreTexts(items)
    for (let at = 0; at < asked.length; at += K) {
      // The same answer twice is no pair.
      const ids = Array.from({ length: K }, (_, i) => at + i).filter((id) => answers.indexOf(answers[id]!, at) === id)
      out.push({
        instruction: asked[at]!,
        found: ids.map((id) => check(asked[at]!, answers[id]!)),
        lengths: ids.map((id) => answers[id]!.length),
        rewards: ids.map((id) => rewards[id]!),
      })
    }
  }
  return out
}
