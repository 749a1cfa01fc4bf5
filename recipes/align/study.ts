/**
 * @file The whole loop with simulated labelers, stage after stage: base models of three sizes, demonstrations, fine-tuning,
 * rankings, a reward model, PPO and PPO-ptx over several seeds, answers to held-out prompts. Each stage is the command that
 * is printed; what is finished is skipped, what was interrupted goes on.
 *
 *   node --conditions=@tony/source --import tsx recipes/align/study.ts
 *   npm run -s tony -- align report
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readOptions, refuse } from '../program.ts'

const { values } = readOptions({
  options: {
    sizes: { type: 'string', default: 'small,medium,large' },
    /** Sizes that PPO runs on. */
    ppo: { type: 'string', default: 'small,medium,large' },
    seeds: { type: 'string', default: '4' },
    iterations: { type: 'string', default: '60' },
    /** Weight of the divergence from the SFT model. */
    beta: { type: 'string', default: '0.1' },
    /** Prompts whose answers are ranked: as many as the paper's reward model was trained on (its table 6). */
    comparisons: { type: 'string', default: '33000' },
    /** Steps of base models and fine-tuning, where it is not as many as they want. */
    steps: { type: 'string' },
    /** Prompts on which the reward model is judged. */
    judged: { type: 'string', default: '600' },
    until: { type: 'string' },
  },
})
const sizes = values.sizes.split(',')
const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => i + 1)
const peaks = {
  small: { sft: '3e-3', ppo: '6e-4' },
  medium: { sft: '1e-3', ppo: '2e-4' },
  large: { sft: '4e-4', ppo: '1e-4' },
}

interface Stage {
  readonly name: string
  /** There once the stage is finished. */
  readonly leaves?: string
  readonly command: readonly string[]
}

const node = ['node', '--conditions=@tony/source', '--import', 'tsx']
const tony = (...words: string[]): string[] => [...node, 'packages/cli/src/main.ts', ...words]
const set = (options: Readonly<Record<string, string>>): string[] =>
  Object.entries(options).flatMap(([name, value]) => ['--set', `${name}=${value}`])
const training = (name: string, recipe: string, options: Readonly<Record<string, string>>): Stage => ({
  name,
  command: tony('train', recipe, '--out', `runs/align/${name}`, '--log-every', '50', ...set(options)),
})

const steps: Record<string, string> = values.steps === undefined ? {} : { steps: values.steps }
const base = (size: string): Stage => training(`base-${size}`, 'recipes/align/base.ts', { size, ...steps })
const sft = (size: string): Stage =>
  training(`sft-${size}`, 'align/sft', { from: `runs/align/base-${size}`, peak: peaks[size as 'small'].sft, ...steps })
const ppo = (size: string, seed: number, pretraining: string): Stage =>
  training(`ppo${pretraining === '0' ? '' : '-ptx'}-${size}-${seed}`, 'align/ppo', {
    from: `runs/align/sft-${size}`,
    peak: peaks[size as 'small'].ppo,
    seed: String(seed),
    steps: values.iterations,
    pretraining,
    beta: values.beta,
    average: '0.96',
  })
const collect = (kind: string, ...words: string[]): Stage => ({
  name: kind,
  leaves: `runs/align/${kind}.jsonl`,
  command: [...node, 'recipes/align/collect.ts', ...words],
})

/** Without PPO's pretraining mix or critic: what is tried beside it, on the smallest model. */
const others = (algorithm: 'dpo' | 'grpo', seed: number): Stage =>
  training(`${algorithm}-small-${seed}`, `align/${algorithm}`, {
    from: 'runs/align/sft-small',
    seed: String(seed),
    ...(algorithm === 'grpo' ? { peak: peaks.small.ppo, steps: values.iterations } : {}),
  })

const labelled = ['small', 'medium']
const stages: Stage[] = [
  ...labelled.map(base),
  collect('demonstrations', 'demonstrations', '--count', '600'),
  ...labelled.map(sft),
  collect('comparisons', 'comparisons', '--count', values.comparisons),
  training('rm', 'align/rm', { from: 'runs/align/sft-medium', prompts: '8', peak: '2e-3' }),
  {
    name: 'reward-accuracy',
    leaves: 'runs/align/reward-accuracy.json',
    command: [...node, 'recipes/align/rm-accuracy.ts', '--prompts', values.judged],
  },
  ...sizes.filter((size) => !labelled.includes(size)).flatMap((size) => [base(size), sft(size)]),
  ...values.ppo.split(',').flatMap((size) => seeds.flatMap((seed) => ['0', '1'].map((mix) => ppo(size, seed, mix)))),
  ...(['dpo', 'grpo'] as const).flatMap((algorithm) => seeds.map((seed) => others(algorithm, seed))),
]

const last = values.until === undefined ? stages.length - 1 : stages.findIndex(({ name }) => name === values.until)
if (last < 0)
  refuse(`study: there is no stage '${values.until}' (expected one of ${stages.map(({ name }) => name).join(', ')})`)
for (const { name, leaves, command } of stages.slice(0, last + 1)) {
  if (leaves !== undefined && existsSync(leaves)) continue
  console.log(`\n# ${name}\n${command.join(' ')}`)
  const { status } = spawnSync(command[0]!, command.slice(1), { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
