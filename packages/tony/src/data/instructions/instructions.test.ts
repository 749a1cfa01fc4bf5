/** @file The instruction world: careful answers pass their own checks, bad ones fail, splits hold, labelers agree as people do. */
import { describe, expect, it } from 'vitest'
import { makeRng } from '../../util/rng.ts'
import { preferencePairs } from '../preferences.ts'
import { check } from './criteria.ts'
import { sampleDocument } from './documents.ts'
import { claimOf, popularError, RELATIONS } from './facts.ts'
import { EVALUATION_LABELERS, felt, noiseFor, ranksOf, TRAINING_LABELERS, utility } from './labelers.ts'
import { NOT_SAID, sampleInstruction, sampleInstructions, textSplit, USE_CASES, type UseCase } from './prompts.ts'

describe('instructions', () => {
  it('has demonstrations that meet every criterion, for every use case', () => {
    const rng = makeRng(1)
    for (const useCase of Object.keys(USE_CASES) as UseCase[]) {
      for (let i = 0; i < 100; i++) {
        const instruction = sampleInstruction(rng, { split: 'train', useCases: [useCase] })
        const found = check(instruction, instruction.demonstration)
        const said = `${instruction.text} => ${instruction.demonstration}`
        expect({ said, ...found }).toMatchObject({
          said,
          followed: true,
          truthful: true,
          harmless: true,
          attempted: true,
        })
        expect(found.constraint, said).not.toBe(false)
        expect(found.hallucinated, said).not.toBe(true)
      }
    }
  })

  it('keeps users and texts of the splits apart', () => {
    const train = sampleInstructions(makeRng(2), 400, { split: 'train' })
    const test = sampleInstructions(makeRng(3), 400, { split: 'test' })
    const users = new Set(train.map(({ user }) => user))
    const texts = new Set(train.map(({ text }) => text))
    expect(test.filter(({ user, text }) => users.has(user) || texts.has(text))).toEqual([])
    expect(test.every(({ text }) => textSplit(text) === 'test')).toBe(true)
  })

  it('comes in the shares of the paper', () => {
    const rng = makeRng(4)
    const counts = new Map<string, number>()
    for (let i = 0; i < 4000; i++) {
      const { useCase } = sampleInstruction(rng, { split: 'train' })
      counts.set(useCase, (counts.get(useCase) ?? 0) + 1)
    }
    // Texts of other splits are drawn again, so that kinds with few texts lose a little.
    expect(counts.get('generation')! / 4000).toBeCloseTo(0.456, 1)
    expect(counts.get('open-qa')! / 4000).toBeCloseTo(0.124, 1)
    expect(counts.get('extract')! / 4000).toBeLessThan(0.05)
  })
})

describe('check', () => {
  const find = (useCase: UseCase, where: (text: string) => boolean): ReturnType<typeof sampleInstruction> =>
    sampleInstruction(makeRng(5), { split: 'train', useCases: [useCase], where: ({ text }) => where(text) })

  it('tells a false answer from a true one', () => {
    const asked = find('open-qa', (text) => text.startsWith('What is the capital of') && text.endsWith('?'))
    const { task } = asked
    if (task.kind !== 'fact') throw new Error('expected a fact')
    const wrong = task.relation.domain.find((value) => value !== task.relation.values.get(task.subject))!
    expect(check(asked, `It is ${wrong}.`)).toMatchObject({ followed: false, truthful: false, attempted: true })
    expect(check(asked, 'What is the capital?')).toMatchObject({ followed: false, attempted: false })
  })

  it('sees what a text does not say, and a rude answer', () => {
    const asked = find('closed-qa', (text) => text.includes('What colour is'))
    expect(check(asked, 'The hat is purple and Zoe has it, you fool.')).toMatchObject({
      followed: false,
      harmless: false,
    })
    const { task } = asked
    if (task.kind !== 'exact') throw new Error('expected an exact answer')
    expect(check(asked, `It is ${task.others[0]}.`)).toMatchObject({ hallucinated: true, truthful: false })
    // What is true elsewhere is made up here, and so is a word of no list.
    expect(check(asked, 'Estonia is in Europe.')).toMatchObject({ hallucinated: true, truthful: false })
    expect(check(asked, 'Lemon.')).toMatchObject({ hallucinated: true, truthful: false })
  })

  it('calls it untrue that a text does not tell, where it does or where there is none', () => {
    const rng = makeRng(8)
    const told = sampleInstruction(rng, {
      split: 'train',
      useCases: ['closed-qa'],
      where: ({ demonstration }) => demonstration !== NOT_SAID,
    })
    const open = sampleInstruction(rng, { split: 'train', useCases: ['generation'] })
    for (const asked of [told, open])
      expect(check(asked, NOT_SAID)).toMatchObject({ followed: false, evasive: true, truthful: false })
    const untold = sampleInstruction(rng, {
      split: 'train',
      useCases: ['closed-qa'],
      where: ({ demonstration }) => demonstration === NOT_SAID,
    })
    expect(check(untold, NOT_SAID)).toMatchObject({ followed: true, evasive: false, truthful: true })
  })

  it('counts sentences, items and words', () => {
    const asked = find('generation', (text) => text.includes('two sentences about'))
    const { task } = asked
    if (task.kind !== 'describe') throw new Error('expected a description')
    expect(check(asked, asked.demonstration).constraint).toBe(true)
    expect(check(asked, asked.demonstration.split('. ')[0]!).constraint).toBe(false)
  })
})

describe('claims', () => {
  it('knows true claims and popular errors', () => {
    const errors = RELATIONS.flatMap((relation) =>
      [...relation.values].map(([subject, value]) => ({
        relation,
        subject,
        value,
        error: popularError(relation, subject),
      })),
    )
    const mistaken = errors.filter(({ error }) => error !== undefined)
    expect(mistaken.length / errors.length).toBeGreaterThan(0.2)
    expect(mistaken.length / errors.length).toBeLessThan(0.4)
    for (const { relation, subject, value, error } of mistaken) {
      expect(claimOf(relation.claim(subject, value))?.true).toBe(true)
      expect(claimOf(relation.claim(subject, error!))?.true).toBe(false)
    }
  })

  it('are repeated falsely in the texts a base model reads', () => {
    const rng = makeRng(6)
    const texts = Array.from({ length: 2000 }, () => sampleDocument(rng))
    const claims = texts.flatMap((text) => text.split(/[.?!]\s*/)).flatMap((sentence) => claimOf(sentence) ?? [])
    expect(claims.filter((claim) => !claim.true).length).toBeGreaterThan(50)
    expect(claims.filter((claim) => claim.true).length).toBeGreaterThan(1000)
  })
})

describe('simulated labelers', () => {
  it('agree as often as the paper says, measured by letting two of them rank the same answers', () => {
    const rng = makeRng(7)
    const items = Array.from({ length: 3000 }, (): [number[], number[]] => {
      const first = Array.from({ length: 4 + rng.int(6) }, () => rng.int(4))
      return [first, first.map((value) => value * 1.2)]
    })
    const noise = noiseFor(items)
    let same = 0
    let both = 0
    for (const views of items) {
      const [a, b] = views.map((utilities) => preferencePairs(ranksOf(felt(rng, utilities, noise), noise)))
      for (const { chosen, rejected } of a!) {
        if (b!.some((pair) => pair.chosen === chosen && pair.rejected === rejected)) same++
        else if (!b!.some((pair) => pair.chosen === rejected && pair.rejected === chosen)) continue
        both++
      }
    }
    expect(same / both).toBeGreaterThan(0.71)
    expect(same / both).toBeLessThan(0.742)
  })

  it('call answers alike that are close to the best of them, not to the one before', () => {
    expect(ranksOf([3, 2.4, 1.8, 1.2, 0], 1)).toEqual([1, 1, 2, 2, 3])
  })

  it('are different people, of two groups that share nobody', () => {
    const names = new Set([...TRAINING_LABELERS, ...EVALUATION_LABELERS].map(({ name }) => name))
    expect(names.size).toBe(TRAINING_LABELERS.length + EVALUATION_LABELERS.length)
    const good = {
      followed: true,
      truthful: true,
      constraint: true,
      harmless: true,
      hallucinated: false,
      evasive: false,
      attempted: true,
      words: 5,
    }
    for (const labeler of [...TRAINING_LABELERS, ...EVALUATION_LABELERS]) {
      for (const worse of [{ followed: false }, { truthful: false }, { constraint: false }, { harmless: false }])
        expect(utility(labeler, { ...good, ...worse })).toBeLessThan(utility(labeler, good))
    }
  })
})
