/**
 * @file `npm run -s bench -- random-walks [--seeds 4] [--iterations 60]`: trlx's random-walks task, from its published start.
 *
 * A graph of 21 nodes; an answer is a walk from a given node to node `a`, and its reward is how much shorter it is than ten
 * steps, 1 for a shortest path. The policy is first trained on the published 1,000 random walks (mean reward 0.790), then by
 * PPO, from four seeds, all shown.
 */
import { readFileSync } from 'node:fs'
import {
  type OnPolicyProgress,
  packSome,
  ppo,
  type Sample,
  Sampler,
  sftLoss,
  writtenSample,
} from '../packages/tony/src/align/index.ts'
import { Tokenizer } from '../packages/tony/src/media/text/tokenizer.ts'
import { controlId, controlTokens, type OmniConfig, omniConfig } from '../packages/tony/src/models/omni/config.ts'
import type { BatchShape } from '../packages/tony/src/models/omni/model.ts'
import type { Element } from '../packages/tony/src/models/omni/sequence.ts'
import { blockConfig } from '../packages/tony/src/nn/block.ts'
import type { ParamValues } from '../packages/tony/src/nn/params.ts'
import { nodeRuntime } from '../packages/tony/src/runtime/node/index.ts'
import { Trainer } from '../packages/tony/src/train/step.ts'
import type { Files } from '../packages/tony/src/util/files.ts'
import { makeRng } from '../packages/tony/src/util/rng.ts'
import { readOptions } from '../recipes/program.ts'

const LONGEST = 10
const GOAL = 'a'

interface Graph {
  /** Nodes that each node leads to, as letters. */
  readonly edges: readonly string[]
  readonly walks: readonly string[]
}
const graph = JSON.parse(readFileSync(new URL('random-walks.json', import.meta.url), 'utf8')) as Graph
const nodes = graph.edges.map((_, i) => String.fromCharCode(97 + i))
const starts = nodes.filter((node) => node !== GOAL)
const leadsTo = (from: string, to: string): boolean => graph.edges[nodes.indexOf(from)]?.includes(to) ?? false

/** Nodes on a shortest path from `start` to the goal, at most ten. */
function shortest(start: string): number {
  const distance = new Map([[start, 1]])
  for (const at of distance.keys()) {
    if (at === GOAL) return Math.min(LONGEST, distance.get(at)!)
    for (const next of graph.edges[nodes.indexOf(at)]!)
      if (!distance.has(next)) distance.set(next, distance.get(at)! + 1)
  }
  return LONGEST
}
const best = new Map(starts.map((start) => [start, shortest(start)]))

/** In [0, 1] for a valid walk: 1 for a shortest path, 0 for none. */
function optimality(walk: string): number {
  let length = LONGEST
  for (let i = 0; i < walk.length; i++) {
    if (!nodes.includes(walk[i]!) || (i > 0 && !leadsTo(walk[i - 1]!, walk[i]!))) break
    if (walk[i] === GOAL) {
      length = i + 1
      break
    }
  }
  return (LONGEST - length) / (LONGEST - best.get(walk[0]!)!)
}

const tokenizer = Tokenizer.fromMerges([], controlTokens)
const config: OmniConfig = {
  ...omniConfig({ textVocab: 128 }),
  imageCodes: 1,
  contextLength: 64,
  block: blockConfig({ width: 64, layers: 3, heads: 2 }),
}
const MINIBATCH = 128
const shape: BatchShape = { batch: 26, time: 80, audio: 0, image: 0, frames: 0, targets: MINIBATCH * LONGEST }
const control = (name: Parameters<typeof controlId>[1]): Element => ({ kind: 'token', id: controlId(config, name) })
const letter = (node: string): Element => ({ kind: 'token', id: node.charCodeAt(0) })
const promptOf = (start: string): Element[] => [control('<|user|>'), letter(start)]

function demonstration(walk: string): Sample {
  const asked = [...promptOf(walk[0]!), control('<|assistant|>'), control('<|text|>')]
  const nodesAfter = [...walk.slice(1)].map((node) => node.charCodeAt(0))
  return writtenSample(asked, [...nodesAfter, controlId(config, '<|end|>')])
}

const mean = (list: readonly number[]): number => list.reduce((sum, x) => sum + x, 0) / list.length

/** Supervised fine-tuning on the published walks. */
async function imitate(seed: number, steps: number): Promise<ParamValues> {
  const policy = { config, shape, words: tokenizer.vocabSize, temperature: 1 }
  const trainer = await Trainer.create(nodeRuntime, (p) => sftLoss(p, policy), { seed, optimizer: { weightDecay: 0 } })
  const samples = graph.walks.map(demonstration)
  const rng = makeRng(seed)
  for (let step = 0; step < steps; step++) {
    const some = Array.from({ length: MINIBATCH }, () => rng.pick(samples))
    await trainer.run(packSome(some, { config, shape }).inputs, 1e-3 * (1 - step / steps))
  }
  const { params } = trainer.state()
  await trainer.dispose()
  return params
}

/** Mean reward of sampled walks from every node. */
async function evaluate(params: ParamValues, temperature: number): Promise<number> {
  const sampler = await Sampler.load(nodeRuntime, { config, tokenizer, params: () => params })
  const prompts = starts.flatMap((start) => Array.from({ length: temperature === 0 ? 1 : 20 }, () => start))
  const made = await sampler.sample(prompts.map(promptOf), {
    mode: 'text',
    temperature,
    maxPositions: LONGEST,
    seed: 99,
  })
  await sampler.dispose()
  return mean(made.map(({ text }, i) => optimality(prompts[i]! + text)))
}

function inMemory(): Files {
  const stored = new Map<string, Uint8Array>()
  return {
    read: async (path) => stored.get(path),
    write: async (path, bytes) => void stored.set(path, bytes),
    append: async () => undefined,
  }
}

export async function main(args: readonly string[]): Promise<void> {
  const { values } = readOptions({
    args: [...args],
    options: { seeds: { type: 'string', default: '4' }, iterations: { type: 'string', default: '60' } },
  })
  const iterations = Number(values.iterations)
  console.log(`the published walks: mean ${mean(graph.walks.map(optimality)).toFixed(3)}`)
  const runs: { seed: number; start: number; end: number; greedy: number; curve: number[]; seconds: number }[] = []
  for (let seed = 1; seed <= Number(values.seeds); seed++) {
    const began = performance.now()
    const policy = await imitate(seed, 400)
    const start = await evaluate(policy, 1)
    const curve: number[] = []
    const { policy: trained } = await ppo(
      {
        name: 'random-walks',
        seed,
        iterations,
        config,
        tokenizer,
        shape,
        policy,
        prompt: (rng) => promptOf(rng.pick(starts)),
        answers: { mode: 'text', temperature: 1, maxPositions: LONGEST },
        score: (rollouts) =>
          rollouts.map(({ prompt, text }) => {
            const first = prompt[1]!
            return optimality((first.kind === 'token' ? String.fromCharCode(first.id) : '') + text)
          }),
        rate: () => 3e-4,
        // The settings of trlx's own example, its value coefficient too.
        options: {
          rollouts: MINIBATCH,
          minibatch: MINIBATCH,
          epochs: 4,
          kl: { beta: 0 },
          valueCoefficient: 1.2,
        },
      },
      {
        runtime: nodeRuntime,
        files: inMemory(),
        folder: 'run',
        now: () => performance.now(),
        onProgress: ({ iteration, metrics }: OnPolicyProgress) => {
          curve.push(Number(metrics['score']!.toFixed(3)))
          if (iteration % 10 === 0)
            console.log(
              `seed ${seed} after ${iteration * MINIBATCH} walks: ${metrics['score']!.toFixed(3)}, entropy ${metrics['entropy']!.toFixed(3)}`,
            )
        },
      },
    )
    const end = await evaluate(trained, 1)
    const greedy = await evaluate(trained, 0)
    const seconds = Math.round((performance.now() - began) / 1000)
    runs.push({ seed, start, end, greedy, curve, seconds })
    console.log(`seed ${seed}: ${start.toFixed(3)} -> ${end.toFixed(3)} (greedy ${greedy.toFixed(3)}), ${seconds} s`)
  }
  const digits = (x: number): number => Number(x.toFixed(4))
  console.log(
    JSON.stringify({
      bench: 'random-walks',
      walks: iterations * MINIBATCH,
      start: 0.79,
      runs: runs.map((run) => ({ ...run, start: digits(run.start), end: digits(run.end), greedy: digits(run.greedy) })),
      lowest: digits(Math.min(...runs.map(({ end }) => end))),
    }),
  )
}
