import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { suggestUseCase } from './use-case.ts'

/** Public tasks with and without fixed labels as answers (Self-Instruct, Apache-2.0). */
const SEED_TASKS = '../shared/data/self-instruct/seed_tasks.jsonl'

describe('suggestUseCase', () => {
  const passage = 'The river rises in the hills. It passes four towns and a lake. '.repeat(6)

  it('knows a text with a question behind it by its form, whatever the text is about', () => {
    expect(
      suggestUseCase(`${passage}Somebody wrote a summary of it.\n\nQuestion: Where does it rise?\nAnswer:`, 1),
    ).toBe('closed_qa')
    expect(suggestUseCase(`${passage}\nHow many towns does it pass?`, 1)).toBe('closed_qa')
    expect(suggestUseCase(`${passage}\nCan you summarize this?`, 1)).toBe('summarization')
    expect(suggestUseCase('Question: Where does the river rise?', 1)).toBe('open_qa')
  })

  it('knows a translation by its two languages', () => {
    expect(suggestUseCase('French: Merci !\nEnglish:', 1)).toBe('rewrite')
    expect(suggestUseCase('English: a language of the west.', 1)).not.toBe('rewrite')
  })

  it.skipIf(!existsSync(SEED_TASKS))('tells tasks with fixed labels from others more often than not', () => {
    const tasks = readFileSync(SEED_TASKS, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map(
        (line) =>
          JSON.parse(line) as { instruction: string; instances: { input: string }[]; is_classification: boolean },
      )
    const guessed = tasks.map(
      ({ instruction, instances }) =>
        suggestUseCase(`${instruction}\n${instances[0]?.input ?? ''}`, 1) === 'classification',
    )
    const right = tasks.filter(({ is_classification: is }, i) => is && guessed[i]).length
    expect(right / guessed.filter(Boolean).length).toBeGreaterThan(0.7)
    expect(right / tasks.filter(({ is_classification: is }) => is).length).toBeGreaterThan(0.5)
  })
})
