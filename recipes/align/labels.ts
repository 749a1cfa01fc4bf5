/** @file Labels as the Studio exports them (TRL's rows as JSONL) as samples of a model. */
import { existsSync, readFileSync } from 'node:fs'
import type { RankedAnswers } from '../../packages/tony/src/align/reward-model.ts'
import { drawnSample, type Sample, spokenSample, writtenSample } from '../../packages/tony/src/align/samples.ts'
import { fromCompletionRows, fromRows, parseJsonLines } from '../../packages/tony/src/data/preference-formats.ts'
import type { PreferenceMessage, PreferencePart } from '../../packages/tony/src/data/preferences.ts'
import { chatElements } from '../../packages/tony/src/generate/assistant.ts'
import { controlId } from '../../packages/tony/src/models/omni/config.ts'
import { type Element, SequenceBuilder } from '../../packages/tony/src/models/omni/sequence.ts'
import { TonyError } from '../../packages/tony/src/util/errors.ts'
import type { LabelMedia } from './media.ts'
import type { LoadedModel } from './model.ts'

type Reader = Pick<LoadedModel, 'config' | 'tokenizer'>

/** Demonstrations in `file` (TRL prompt-completion rows; the Studio's export `sft`). */
export async function readDemonstrations(file: string, model: Reader, media: LabelMedia): Promise<Sample[]> {
  const rows = fromCompletionRows(parseJsonLines(textOf(file)), (line) => `line-${line}`)
  const samples: Sample[] = []
  for (const { prompt, completion } of rows)
    samples.push(await labeledSample(model, media, { prompt, answer: completion }))
  return samples
}

/** Comparisons in `file` (TRL preference rows; the Studio's export `trl`): rows of one prompt and labeler are one ranking again. */
export async function readComparisons(file: string, model: Reader, media: LabelMedia): Promise<RankedAnswers[]> {
  const rows = fromRows('trl', parseJsonLines(textOf(file)), (line) => `line-${line}`)
  const ranked: RankedAnswers[] = []
  for (const { prompt, outputs, ranks } of rows) {
    const answers: Sample[] = []
    for (const { content } of outputs) answers.push(await labeledSample(model, media, { prompt, answer: content }))
    ranked.push({ answers, rank: ranks })
  }
  return ranked
}

/** A chat of one message of the user, up to where the assistant begins. */
export function askedElements(model: Reader, text: string): Element[] {
  return chatElements(model, [{ role: 'user', content: [{ type: 'text', text }] }])
}

/** A prompt with a written answer, up to and with its end. */
export function writtenAnswer(model: Reader, prompt: string, answer: string): Sample {
  return writtenAfter(model, askedElements(model, prompt), answer)
}

function writtenAfter({ config, tokenizer }: Reader, asked: readonly Element[], answer: string): Sample {
  const { elements: marks } = new SequenceBuilder(config, tokenizer).control('<|assistant|>').control('<|text|>')
  return writtenSample([...asked, ...marks], [...tokenizer.encode(answer), controlId(config, '<|end|>')])
}

/**
 * A prompt with its answer, whatever they are made of: an answer with sound is spoken, and its text is what it says; one with a
 * picture is drawn; every other is written.
 */
async function labeledSample(
  model: Reader,
  media: LabelMedia,
  { prompt, answer }: { readonly prompt: readonly PreferenceMessage[]; readonly answer: readonly PreferencePart[] },
): Promise<Sample> {
  const { config, tokenizer } = model
  const asked = chatElements(model, await media.messages(prompt))
  const text = answer.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('')
  const [shown, ...more] = answer.filter((part) => part.type !== 'text')
  if (shown === undefined) return writtenAfter(model, asked, text)
  if (more.length > 0)
    throw new TonyError(
      'unsupported',
      'align: an answer has several sounds or pictures; a model gives one; leave such items out',
    )
  const builder = new SequenceBuilder(config, tokenizer).control('<|assistant|>')
  if (shown.type === 'image') {
    const prompted = [...asked, ...builder.control('<|draw|>').elements]
    return drawnSample(prompted, await media.drawn(shown.sha256), config)
  }
  const prompted = [...asked, ...builder.control('<|speech|>').elements]
  const spoken = await media.spoken(text, shown.sha256, config.audioCodes)
  const said = new SequenceBuilder(config, tokenizer).speech(spoken).end()
  return spokenSample(prompted, said.elements, config)
}

function textOf(file: string): string {
  if (existsSync(file)) return readFileSync(file, 'utf8')
  throw new TonyError(
    'not_found',
    `align: there is no ${file}; export it from the Studio, or simulate it with recipes/align/collect.ts`,
  )
}
