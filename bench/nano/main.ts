/**
 * @file Measures the shipped model, or a training run, on held-out items: `npm run -s bench -- nano`.
 *
 *   --n 100                items of a row; speech that must be made takes half, `answer-text` n / 10 of every kind
 *   --tasks draw,motion    only these (names of DESIGN.md's table, and `say`)
 *   --model FOLDER         another model; --checkpoint FILE packs a run's checkpoint first, with the --codec and --image
 *                          runs that it was trained with
 *   --twin FOLDER          a text-only model of the same format, whose written answers stand beside
 *
 * Needs the corpora of recipes/build-*.ts under --data, because the held-out items are made with them. The last line is
 * JSON: `tasks` has one row for each task, split and language, `details` everything beside it.
 */
import { existsSync } from 'node:fs'
import { openSpeech, type SpeechFiles } from '../../packages/tony/src/data/node/speech-files.ts'
import { readOptions, refuse, wholeNumber } from '../../recipes/program.ts'
import { openSpokenCorpus, type SpokenCorpus } from './corpus.ts'
import { measureDrawing } from './drawing.ts'
import { measureHearing } from './hearing.ts'
import { measureMotion, measureNames, measureReading } from './pictures.ts'
import { measureQuestions } from './questions.ts'
import { Report, taskNames } from './report.ts'
import type { Setting } from './setting.ts'
import { measureSpeaking } from './speaking.ts'
import { measureSpokenQuestions } from './spoken-questions.ts'
import { publishCheckpoint, Subject } from './subject.ts'

const options = {
  model: { type: 'string', default: 'models/tony-nano' },
  checkpoint: { type: 'string' },
  codec: { type: 'string', default: 'runs/codec' },
  image: { type: 'string', default: 'runs/image-tokenizer' },
  twin: { type: 'string' },
  data: { type: 'string', default: 'runs/data' },
  human: { type: 'string', default: '../shared/data/speech/fsdd-test' },
  prompts: { type: 'string', default: '../shared/data/self-instruct/user_oriented_instructions.jsonl' },
  sheets: { type: 'string', default: 'runs/bench' },
  n: { type: 'string', default: '100' },
  parallel: { type: 'string', default: '8' },
  tasks: { type: 'string' },
} as const

function chosenTasks(value: string | undefined): (name: string) => boolean {
  const all: readonly string[] = [...taskNames, 'say']
  if (value === undefined) return () => true
  const names = value.split(',')
  const unknown = names.find((name) => !all.includes(name))
  if (unknown !== undefined) refuse(`bench nano: --tasks has '${unknown}' (expected names of ${all.join(', ')})`)
  return (name) => names.includes(name)
}

export async function main(args: readonly string[]): Promise<void> {
  const { values } = readOptions({ args: [...args], options })
  const wants = chosenTasks(values.tasks)
  const n = wholeNumber('bench nano', 'n', values.n)
  const parallel = wholeNumber('bench nano', 'parallel', values.parallel)
  const published = values.checkpoint === undefined ? undefined : publishCheckpoint(values.checkpoint, values)
  try {
    const subject = await Subject.open(published?.folder ?? values.model)
    try {
      let corpus: SpokenCorpus | undefined
      let talk: SpeechFiles | undefined
      const said = `${values.data}/speech-pictures`
      const setting: Setting = {
        subject,
        report: new Report(),
        n,
        parallel,
        data: values.data,
        speech: () => (corpus ??= openSpokenCorpus(`${values.data}/speech-world`)),
        talk: () => (talk ??= existsSync(said) ? openSpeech(said) : undefined),
        human: values.human,
        prompts: values.prompts,
        twin: values.twin,
        sheets: values.sheets,
      }
      await measure(setting, { wants, measured: values.checkpoint ?? values.model })
    } finally {
      await subject.close()
    }
  } finally {
    published?.remove()
  }
}

async function measure(
  setting: Setting,
  { wants, measured }: { readonly wants: (name: string) => boolean; readonly measured: string },
): Promise<void> {
  const { subject, report } = setting
  if (wants('transcribe')) await measureHearing(setting)
  const speaking = { repeat: wants('repeat-speech'), say: wants('say') }
  if (speaking.repeat || speaking.say) await measureSpeaking(setting, speaking)
  const questions = wants('answer-text') ? await measureQuestions(setting) : { kinds: null, twin: null }
  if (wants('answer-speech')) await measureSpokenQuestions(setting)
  if (wants('read-word')) await measureReading(setting)
  if (wants('name-picture')) await measureNames(setting)
  if (wants('draw')) await measureDrawing(setting)
  if (wants('motion')) await measureMotion(setting)
  console.log(
    JSON.stringify({
      bench: 'nano',
      model: measured,
      parameters: subject.info.parameters,
      checkpoint_mb: subject.megabytes,
      tasks: report.tasks,
      details: report.details,
      kinds: questions.kinds,
      twin: questions.twin,
    }),
  )
}
