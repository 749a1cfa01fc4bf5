/** @file Labels as the Studio exports them (TRL's rows as JSONL) as samples of a model. */
import { existsSync, readFileSync } from 'node:fs'
import type { RankedAnswers } from '../../packages/tony/src/align/reward-model.ts'
import { type Sample, writtenSample } from '../../packages/tony/src/align/samples.ts'
import { fromCompletionRows, fromRows, parseJsonLines } from '../../packages/tony/src/data/preference-formats.ts'
import { type PreferenceMessage, type PreferencePart, textContent } from '../../packages/tony/src/data/preferences.ts'
import { controlId } from '../../packages/tony/src/models/omni/config.ts'
import { type Element, SequenceBuilder } from '../../packages/tony/src/models/omni/sequence.ts'
import { TonyError } from '../../packages/tony/src/util/errors.ts'
import type { LoadedModel } from './model.ts'

type Reader = Pick<LoadedModel, 'config' | 'tokenizer'>

/** Demonstrations in `file` (TRL prompt-completion rows; the Studio's export `sft`). */
export function readDemonstrations(file: string, model: Reader): Sample[] {
  const rows = fromCompletionRows(parseJsonLines(textOf(file)), (line) => `line-${line}`)
  return rows.map(({ prompt, completion }) => sampleOf(model, prompt, completion))
}

/** Comparisons in `file` (TRL preference rows; the Studio's export `trl`): rows of one prompt and labeler are one ranking again. */
export function readComparisons(file: string, model: Reader): RankedAnswers[] {
  const rows = fromRows('trl', parseJsonLines(textOf(file)), (line) => `line-${line}`)
  return rows.map(({ prompt, outputs, ranks }) => ({
    answers: outputs.map(({ content }) => sampleOf(model, prompt, content)),
    rank: ranks,
  }))
}

/** A chat up to where the assistant begins. */
function promptElements({ config, tokenizer }: Reader, prompt: readonly PreferenceMessage[]): Element[] {
  const builder = new SequenceBuilder(config, tokenizer)
  for (const { role, content } of prompt) {
    builder.control(`<|${role}|>`)
    if (role === 'assistant') builder.control('<|text|>')
    builder.text(written(content))
    if (role === 'assistant') builder.end()
  }
  return builder.elements
}

/** A chat of one message of the user, up to where the assistant begins. */
export function askedElements(model: Reader, text: string): Element[] {
  return promptElements(model, [{ role: 'user', content: textContent(text) }])
}

/** A prompt with a written answer, up to and with its end. */
export function sampleOf(
  model: Reader,
  prompt: readonly PreferenceMessage[],
  answer: readonly PreferencePart[],
): Sample {
  const { config, tokenizer } = model
  const { elements: marks } = new SequenceBuilder(config, tokenizer).control('<|assistant|>').control('<|text|>')
  const ids = [...tokenizer.encode(written(answer)), controlId(config, '<|end|>')]
  return writtenSample([...promptElements(model, prompt), ...marks], ids)
}

function written(content: readonly PreferencePart[]): string {
  return content
    .map((part) => {
      if (part.type === 'text') return part.text
      throw new TonyError(
        'unsupported',
        `align: these recipes read written prompts and answers, and met ${part.type}; leave such items out`,
      )
    })
    .join('')
}

function textOf(file: string): string {
  if (existsSync(file)) return readFileSync(file, 'utf8')
  throw new TonyError(
    'not_found',
    `align: there is no ${file}; export it from the Studio, or simulate it with recipes/align/collect.ts`,
  )
}
