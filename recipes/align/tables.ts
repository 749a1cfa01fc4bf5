/**
 * @file The paper's tables in small from what models answered (recipes/align/evaluate.ts): `runs/align/report.json`, which
 * `tony align report` draws.
 *
 *   node --conditions=@tony/source --import tsx recipes/align/tables.ts
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { check, type Findings } from '../../packages/tony/src/data/instructions/criteria.ts'
import {
  agreementAt,
  EVALUATION_LABELERS,
  felt,
  type Labeler,
  likert,
  meanUtility,
  ranksOf,
  TRAINING_LABELERS,
  utility,
} from '../../packages/tony/src/data/instructions/labelers.ts'
import { pickSome } from '../../packages/tony/src/data/world/kind.ts'
import type { Report, Section } from '../../packages/tony/src/eval/report.ts'
import { proportion } from '../../packages/tony/src/eval/score.ts'
import { type Interval, winRate } from '../../packages/tony/src/eval/win-rate.ts'
import { nodeFiles } from '../../packages/tony/src/runtime/node/files.ts'
import { TonyError } from '../../packages/tony/src/util/errors.ts'
import { makeRng } from '../../packages/tony/src/util/rng.ts'
import { readOptions } from '../program.ts'
import { type ModelAnswers, type PromptSet, promptSets } from './prompt-sets.ts'
import { SIZES } from './world.ts'

const { values } = readOptions({ options: { runs: { type: 'string', default: 'runs/align' } } })

const METHODS = ['base', 'prompted', 'sft', 'ppo', 'ppo-ptx', 'dpo', 'grpo'] as const
type Method = (typeof METHODS)[number]
const NAMES: Readonly<Record<Method, string>> = {
  base: 'base',
  prompted: 'base, four examples before the prompt',
  sft: 'SFT',
  ppo: 'PPO',
  'ppo-ptx': 'PPO-ptx',
  dpo: 'DPO',
  grpo: 'GRPO',
}

interface Judged extends ModelAnswers {
  readonly found: Readonly<Record<PromptSet, readonly Findings[]>>
}

const folder = join(values.runs, 'answers')
const models: readonly Judged[] = (existsSync(folder) ? readdirSync(folder) : [])
  .filter((file) => file.endsWith('.json'))
  .map((file) => {
    const model = JSON.parse(readFileSync(join(folder, file), 'utf8')) as ModelAnswers
    const found = Object.fromEntries(
      Object.entries(promptSets).map(([set, instructions]) => [
        set,
        instructions.map((instruction, i) => check(instruction, model.answers[set as PromptSet][i]!)),
      ]),
    ) as unknown as Judged['found']
    return { ...model, found }
  })
if (models.length === 0) throw new TonyError('not_found', `no answers in ${folder}; run recipes/align/evaluate.ts`)

const sizes = Object.keys(SIZES).filter((size) => models.some((model) => model.size === size))
const methods = METHODS.filter((method) => models.some((model) => model.method === method))
const of = (method: Method, size: string): Judged[] =>
  models.filter((model) => model.method === method && model.size === size).sort((a, b) => a.seed - b.seed)
const millions = (n: number): string => (n < 1e6 ? `${(n / 1e3).toFixed(0)} k` : `${(n / 1e6).toFixed(1)} M`)

/** Noise of the judges: that of the labelers who ranked for the reward model, at which two agree as often as the paper's did. */
const { noise } = JSON.parse(readFileSync(join(values.runs, 'comparisons.jsonl.noise.json'), 'utf8')) as {
  noise: number
}

/** How often answers of `ours` are preferred to those of `theirs`; each prompt is judged by each labeler, a tie counts half. */
function preferred(ours: readonly Judged[], theirs: Judged, labelers: readonly Labeler[]): Interval {
  const points: number[] = []
  const prompts: number[] = []
  for (const model of ours) {
    // Each seed is judged by chances of its own, alone and among the others.
    const rng = makeRng(5100 + model.seed)
    model.found.prompts.forEach((found, i) => {
      for (const labeler of labelers) {
        const utilities = [utility(labeler, found), utility(labeler, theirs.found.prompts[i]!)]
        const [a, b] = ranksOf(felt(rng, utilities, noise), noise)
        points.push(a === b ? 0.5 : a! < b! ? 1 : 0)
        prompts.push(i)
      }
    })
  }
  return winRate(points, prompts, makeRng(51))
}

/** A share over all seeds of a model, with its interval over prompts. */
function share(
  some: readonly Judged[],
  set: PromptSet,
  holds: (found: Findings) => boolean,
  counted: (found: Findings) => boolean = () => true,
): Interval {
  const found = some
    .flatMap((model) => model.found[set].map((one, i) => ({ one, prompt: promptSets[set][i]!.text })))
    .filter(({ one }) => counted(one))
  return winRate(
    found.map(({ one }) => (holds(one) ? 1 : 0)),
    found.map(({ prompt }) => prompt),
    makeRng(52),
  )
}

/** Share of the most frequent answer. */
function mostFrequent(answers: readonly string[]): number {
  const counts = new Map<string, number>()
  for (const answer of answers) counts.set(answer, (counts.get(answer) ?? 0) + 1)
  return Math.max(...counts.values()) / answers.length
}

/** How often two held-out labelers who both prefer one of two models' answers prefer the same. */
function agreement(ours: readonly Judged[], theirs: Judged): number {
  const rng = makeRng(54)
  const items = ours.flatMap(({ found }) =>
    found.prompts.map((one, i) => {
      const views = pickSome(rng, EVALUATION_LABELERS, 2).map((labeler) =>
        [one, theirs.found.prompts[i]!].map((some) => utility(labeler, some)),
      )
      return [views[0]!, views[1]!] as const
    }),
  )
  return agreementAt(noise, items)
}

const BEST: Findings = {
  followed: true,
  truthful: true,
  constraint: true,
  harmless: true,
  hallucinated: false,
  evasive: false,
  attempted: true,
  words: 0,
}

/** Mean overall quality as the held-out labelers see it on average. */
function quality(some: readonly Judged[]): Interval {
  const range = { worst: 0, best: meanUtility(EVALUATION_LABELERS, BEST) }
  const rated = some.flatMap((model) =>
    model.found.prompts.map((found, i) => ({ rating: likert(meanUtility(EVALUATION_LABELERS, found), range), i })),
  )
  return winRate(
    rated.map(({ rating }) => rating),
    rated.map(({ i }) => i),
    makeRng(53),
  )
}

/** One row for each method and size that there is. */
function rowsOf<T>(make: (some: readonly Judged[]) => readonly T[]): (string | T)[][] {
  return sizes.flatMap((size) =>
    methods.flatMap((method) => {
      const some = of(method, size)
      if (some.length === 0) return []
      const [first] = some
      return [
        [
          `${NAMES[method]}, ${millions(first!.parameters)}${some.length > 1 ? `, ${some.length} seeds` : ''}`,
          ...make(some),
        ],
      ]
    }),
  )
}

const sections: Section[] = []
const aligned = of('ppo-ptx', 'small').length > 0 ? of('ppo-ptx', 'small') : of('ppo', 'small')
const largest = sizes.at(-1)!
const unaligned = (['base', 'prompted', 'sft'] as const).flatMap((method) =>
  of(method, largest).map((model) => ({ method, model })),
)
if (aligned.length > 0 && unaligned.length > 0) {
  const times = unaligned[0]!.model.parameters / aligned[0]!.parameters
  sections.push({
    title: `A small aligned model against one ${times.toFixed(0)} times its size`,
    text: [
      `PPO with the pretraining mix, ${millions(aligned[0]!.parameters)} parameters, against the largest models, ${millions(unaligned[0]!.model.parameters)}: how often its answers are preferred on ${promptSets.prompts.length} held-out prompts of held-out users, by each of ${EVALUATION_LABELERS.length} held-out simulated labelers whose rankings trained nothing. A tie counts half. The paper: 1.3B preferred to 175B, without a printed share (section 1).`,
      `The labelers' noise is that at which two of them agree on 72.6% of the pairs that the reward model learns from (the paper's figure, section 3.4); on pairs that differ more they agree more often, as the last column says.`,
    ],
    table: {
      columns: ['against', ...aligned.map(({ seed }) => `seed ${seed}`), 'all seeds', 'two labelers agree'],
      rows: unaligned.map(({ method, model }) => [
        `${NAMES[method]}, ${millions(model.parameters)}`,
        ...aligned.map((one) => preferred([one], model, EVALUATION_LABELERS)),
        preferred(aligned, model, EVALUATION_LABELERS),
        { value: agreement(aligned, model) },
      ]),
    },
  })
}

const alike = sizes.flatMap((size) => {
  const ours = of('ppo-ptx', size)
  return (['base', 'prompted', 'sft'] as const).flatMap((method) =>
    ours.length === 0 ? [] : of(method, size).map((model) => ({ ours, method, model })),
  )
})
if (alike.length > 0)
  sections.push({
    title: 'Against models of its own size',
    text: [
      'How often answers of PPO with the pretraining mix are preferred to those of a model as large, all seeds together. The paper, at 175B: 85 ± 3% against GPT-3, 71 ± 4% against few-shot-prompted GPT-3 (section 1).',
    ],
    table: {
      columns: ['against', 'preferred'],
      rows: alike.map(({ ours, method, model }) => [
        `${NAMES[method]}, ${millions(model.parameters)}`,
        preferred(ours, model, EVALUATION_LABELERS),
      ]),
    },
  })

const reference = [...sizes].reverse().flatMap((size) => of('sft', size))[0]
if (reference !== undefined) {
  const by = (labelers: readonly Labeler[]): NonNullable<Section['plot']>['series'] =>
    methods.map((method) => ({
      name: NAMES[method],
      points: sizes.map((size) => {
        const some = of(method, size)
        return some.length === 0 ? null : preferred(some, reference, labelers)
      }),
    }))
  const places = sizes.map((size) => millions(models.find((model) => model.size === size)!.parameters))
  for (const [who, labelers] of [
    ['held-out labelers', EVALUATION_LABELERS],
    ['the labelers who trained the reward model', TRAINING_LABELERS],
  ] as const) {
    const series = by(labelers)
    sections.push({
      title: `Preferred to the largest SFT model, by ${who}`,
      text: [
        `As figure 1 of the paper: against SFT with ${millions(reference.parameters)} parameters. Seeds of one method are taken together.`,
      ],
      plot: { title: 'share of prompts on which the model is preferred', places, series, line: 0.5 },
      table: {
        columns: ['model', ...places],
        rows: series.map(({ name, points }) => [name, ...points.map((point) => point ?? '–')]),
      },
    })
  }
}

sections.push(
  {
    title: 'What the answers do',
    by: 'rules',
    text: [
      'Shares of answers to the held-out prompts that meet each criterion, as table 3 and figure 4 of the paper; the criteria are checked by rule, not by a model. An answer that says nothing is not false. Overall quality is that of simulated labelers without noise.',
    ],
    table: {
      columns: [
        'model',
        'does what is asked',
        'says nothing false',
        'keeps the constraint',
        'harmless',
        'answers at all',
        'overall quality, 1 to 7',
      ],
      rows: rowsOf((some) => [
        share(some, 'prompts', ({ followed }) => followed),
        share(some, 'prompts', ({ truthful }) => truthful),
        share(
          some,
          'prompts',
          ({ constraint }) => constraint === true,
          ({ constraint }) => constraint !== null,
        ),
        share(some, 'prompts', ({ harmless }) => harmless),
        share(some, 'prompts', ({ attempted }) => attempted),
        quality(some),
      ]),
    },
  },
  {
    title: 'Truthfulness',
    by: 'rules',
    text: [
      'Questions on which most writers of the pretraining text repeat an error (in the spirit of TruthfulQA). True: nothing false is said. True and informative: the right value is given.',
    ],
    table: {
      columns: ['model', 'true', 'true and informative'],
      rows: rowsOf((some) => [
        share(some, 'truthful', ({ truthful }) => truthful),
        share(some, 'truthful', ({ truthful, followed }) => truthful && followed),
      ]),
    },
  },
  {
    title: 'Toxicity',
    by: 'rules',
    text: [
      'Shares of answers with an insult where the prompt invites one, without and with a request for respect before it (in the spirit of RealToxicityPrompts).',
    ],
    table: {
      columns: ['model', 'no instruction', 'asked to be kind and polite'],
      rows: rowsOf((some) => [
        share(some, 'toxic', ({ harmless }) => !harmless),
        share(some, 'toxic-respectful', ({ harmless }) => !harmless),
      ]),
    },
  },
  {
    title: 'Hallucination in the closed domain',
    by: 'rules',
    text: [
      'Prompts whose answer may hold nothing but what the prompt says: shares of answers that are wrong and say something else, be it true elsewhere (the paper: 21% against 41%, section 4.1).',
      'Who says nothing makes nothing up: beside it, how often a model says that the text does not tell where it does, here and where there is no text at all, and what share of its answers to the held-out prompts is its most frequent one.',
    ],
    table: {
      columns: [
        'model',
        'makes something up',
        'right',
        'says wrongly that the text does not tell',
        'the same on all prompts',
        'most frequent answer',
      ],
      rows: rowsOf((some) => [
        share(some, 'closed', ({ hallucinated }) => hallucinated === true),
        share(some, 'closed', ({ followed }) => followed),
        share(some, 'closed', ({ evasive }) => evasive),
        share(some, 'prompts', ({ evasive }) => evasive),
        { value: some.reduce((sum, { answers }) => sum + mostFrequent(answers.prompts), 0) / some.length },
      ]),
    },
  },
  {
    title: 'Before and after: the alignment tax',
    by: 'likelihood',
    text: [
      'What the base model knew, asked as text, without a chat: loss on newly drawn pretraining text in nats a token, claims of the lexicon with their value left out (multiple choice), and two public sets (SST-2, HellaSwag), on which models this small are near chance (0.5, 0.25).',
    ],
    table: {
      columns: ['model', 'loss', 'lexicon', 'SST-2', 'HellaSwag'],
      rows: rowsOf((some) => {
        const asked = some.filter((model) => model.choices !== undefined)
        if (asked.length === 0) return ['–', '–', '–', '–']
        const chosen = (name: string): Interval | string => {
          const all = asked.map((model) => model.choices![name]).filter((one) => one !== undefined)
          if (all.length === 0) return '–'
          const right = all.reduce((sum, one) => sum + one.right, 0) / all.length
          const items = Array.from({ length: all[0]!.of }, (_, i) => ({
            errors: i < Math.round(right) ? 1 : 0,
            length: 1,
          }))
          return proportion(items)
        }
        const loss = asked.reduce((sum, model) => sum + model.documentLoss!, 0) / asked.length
        return [{ value: loss }, chosen('lexicon'), chosen('sst2'), chosen('hellaswag')]
      }),
    },
  },
)

const seeded = sizes
  .flatMap((size) => methods.map((method) => of(method, size)).filter(({ length }) => length > 1))
  .flat()
if (seeded.length > 0 && reference !== undefined)
  sections.push({
    title: 'Every seed',
    text: [
      'What the tables above take together. Intervals are over prompts; how far seeds lie apart is a second chance.',
    ],
    table: {
      columns: [
        'model',
        'preferred to the largest SFT',
        'does what is asked',
        'says nothing false',
        'makes something up, closed domain',
        'loss on pretraining text',
      ],
      rows: seeded.map((one) => [
        `${NAMES[one.method as Method]}, ${millions(one.parameters)}, seed ${one.seed}`,
        preferred([one], reference, EVALUATION_LABELERS),
        share([one], 'prompts', ({ followed }) => followed),
        share([one], 'prompts', ({ truthful }) => truthful),
        share([one], 'closed', ({ hallucinated }) => hallucinated === true),
        one.documentLoss === undefined ? '–' : { value: one.documentLoss },
      ]),
    },
  })

// What recipes/align/rm-accuracy.ts found, where it was run.
const rewards = join(values.runs, 'reward-accuracy.json')
if (existsSync(rewards)) sections.push(...(JSON.parse(readFileSync(rewards, 'utf8')) as Section[]))

sections.push({
  title: 'Which of the paper’s figures',
  text: [
    'Agreement of the reward model: section 4.1 (72.4% on the labelers of its training data, 69.6% on held-out ones), not appendix E.2, where the two words are exchanged.',
    'The start of the reward model: the SFT model (section 3.5); appendix C.2 starts the last one from a 6B GPT-3 that was fine-tuned on public sets.',
    'A preference of 1.3B to 175B has no printed share; shares that are read off the paper’s charts are not used. In the text PPO-ptx lags behind GPT-3 on SQuADv2, in table 14 they are alike: neither is measured here.',
  ],
})

const report: Report = {
  title: 'Alignment, in small',
  judges: 'simulated',
  made: new Date().toISOString().slice(0, 10),
  sections,
}
await nodeFiles.write(join(values.runs, 'report.json'), new TextEncoder().encode(JSON.stringify(report, null, 1)))
console.log(`${join(values.runs, 'report.json')}: ${models.length} models; noise of the judges ${noise.toFixed(2)}`)
