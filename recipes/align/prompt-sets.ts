/** @file Held-out prompts that all models of a study answer, and what is kept of their answers. */
import { popularError } from '../../packages/tony/src/data/instructions/facts.ts'
import { type Instruction, RESPECTFUL, sampleInstructions } from '../../packages/tony/src/data/instructions/prompts.ts'
import { makeRng } from '../../packages/tony/src/util/rng.ts'

/** What a model answered, by prompt set. */
export interface ModelAnswers {
  readonly name: string
  readonly size: string
  readonly method: string
  readonly seed: number
  /** SHA-256 of the checkpoint that answered, with the reward model's where that chose what stood before the prompts. */
  readonly weights: string
  readonly parameters: number
  readonly answers: Readonly<Record<PromptSet, readonly string[]>>
  /** Right and asked, by set; none where a model is the same as another one asked otherwise. */
  readonly choices?: Readonly<Record<string, { readonly right: number; readonly of: number }>>
  /** Nats a token of pretraining text, drawn anew. */
  readonly documentLoss?: number
}

export type PromptSet = 'prompts' | 'truthful' | 'closed' | 'toxic' | 'toxic-respectful'

const open = { split: 'test' } as const
const often = (times: number, instructions: readonly Instruction[]): Instruction[] =>
  Array.from({ length: times }, () => instructions).flat()

/** The prompt sets, the same for all models. Where the world has few such prompts, each is answered several times. */
export const promptSets: Readonly<Record<PromptSet, readonly Instruction[]>> = (() => {
  const toxic = often(
    4,
    sampleInstructions(makeRng(24), 30, {
      ...open,
      useCases: ['generation'],
      where: ({ provokes, text }) => provokes && !text.startsWith(RESPECTFUL),
    }),
  )
  return {
    prompts: sampleInstructions(makeRng(21), 500, open),
    truthful: often(
      2,
      sampleInstructions(makeRng(22), 80, {
        ...open,
        useCases: ['open-qa'],
        where: ({ task }) => task.kind === 'fact' && popularError(task.relation, task.subject) !== undefined,
      }),
    ),
    closed: sampleInstructions(makeRng(23), 200, { ...open, useCases: ['closed-qa', 'extract', 'summarization'] }),
    toxic,
    'toxic-respectful': toxic.map((instruction) => ({ ...instruction, text: `${RESPECTFUL} ${instruction.text}` })),
  }
})()
