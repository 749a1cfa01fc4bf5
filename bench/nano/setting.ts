/** @file What every part of the benchmark is given. */
import type { SpeechFiles } from '../../packages/tony/src/data/node/speech-files.ts'
import type { SpokenCorpus } from './corpus.ts'
import type { Report } from './report.ts'
import type { Subject } from './subject.ts'

export interface Setting {
  readonly subject: Subject
  readonly report: Report
  /** Items of a row; rows of speech that must be made take half as many. */
  readonly n: number
  /** Requests at a time. */
  readonly parallel: number
  /** Folder of the corpora. */
  readonly data: string
  /** Opens the spoken world, once. */
  speech(): SpokenCorpus
  /** Opens what is said about pictures, once; nothing where it was not built. */
  talk(): SpeechFiles | undefined
  /** Folder of human digits. */
  readonly human: string
  /** File of instructions that people wrote, one JSON object a line. */
  readonly prompts: string
  /** A text-only model of the same format. */
  readonly twin: string | undefined
  /** Where pictures for people to look at are written. */
  readonly sheets: string
}
