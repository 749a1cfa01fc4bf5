/** @file Speech through the command-line programs flite and espeak-ng: slower than their libraries, and never takes the process down. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { resample } from '../../media/audio/resample.ts'
import { parseWav } from '../../media/audio/wav.ts'
import type { WordTiming } from '../../media/types.ts'

/** Speech at 16 kHz; `words` is empty where the program gives no times or they could not be aligned. */
export interface ProgramSpeech {
  readonly samples: Float32Array
  readonly words: readonly WordTiming[]
  readonly phones: readonly WordTiming[]
}

export interface ProgramRequest {
  /** `flite/NAME` or `espeak/NAME`. */
  readonly voice: string
  /** Against the voice's usual speed and, for espeak-ng, pitch. */
  readonly rate?: number
  readonly pitch?: number
}

const MISMATCH = 0.9

/** A speaker with a folder of its own for sound files; `close` removes it. */
export class SpeechPrograms {
  private readonly folder = mkdtempSync(join(tmpdir(), 'tony-speech-'))
  private readonly dictionary = new Map<string, readonly string[]>()

  say(text: string, { voice, rate = 1, pitch = 1 }: ProgramRequest): ProgramSpeech {
    const [engine = '', name = ''] = voice.split('/')
    const file = join(this.folder, 'say.wav')
    if (engine === 'espeak') {
      execFileSync('espeak-ng', [
        '-v',
        name,
        '-s',
        String(Math.round(160 * rate)),
        '-p',
        String(Math.round(50 * pitch)),
        '-w',
        file,
        text,
      ])
      return { samples: this.read(file), words: [], phones: [] }
    }
    const stretch = `duration_stretch=${(1 / rate).toFixed(3)}`
    const phones = spans(
      execFileSync('flite', ['-voice', name, '--setf', stretch, '-psdur', '-t', text, '-o', file], {
        encoding: 'utf8',
      }),
    )
    return { samples: this.read(file), words: this.align(text, phones), phones }
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  private read(file: string): Float32Array {
    return resample(parseWav(new Uint8Array(readFileSync(file))), 16_000).samples
  }

  /** Phones of a word said alone. */
  private phonesOf(word: string): readonly string[] {
    const known = this.dictionary.get(word)
    if (known !== undefined) return known
    const out = execFileSync('flite', ['-voice', 'kal', '-psdur', '-t', word, '-o', join(this.folder, 'word.wav')], {
      encoding: 'utf8',
    })
    const phones = spans(out).flatMap(({ text }) => (text === 'pau' ? [] : [text]))
    this.dictionary.set(word, phones)
    return phones
  }

  /** Spans of the words: the phones of the sentence are aligned with those of each word alone by edit distance. */
  private align(text: string, phones: readonly WordTiming[]): WordTiming[] {
    const spoken = phones.filter((phone) => phone.text !== 'pau')
    const words = text.split(/\s+/)
    const wanted = words.flatMap((word, index) => this.phonesOf(word).map((phone) => ({ phone, index })))
    const cost: number[][] = [Array.from({ length: wanted.length + 1 }, (_, j) => j)]
    const change = (i: number, j: number): number => (spoken[i - 1]!.text === wanted[j - 1]!.phone ? 0 : MISMATCH)
    for (let i = 1; i <= spoken.length; i++) {
      const row = [i]
      for (let j = 1; j <= wanted.length; j++)
        row.push(Math.min(cost[i - 1]![j]! + 1, row[j - 1]! + 1, cost[i - 1]![j - 1]! + change(i, j)))
      cost.push(row)
    }
    const owner = new Array<number>(spoken.length).fill(0)
    for (let i = spoken.length, j = wanted.length; i > 0 && j > 0; ) {
      const here = cost[i]![j]!
      if (here === cost[i - 1]![j - 1]! + change(i, j)) owner[--i] = wanted[--j]!.index
      else if (here === cost[i - 1]![j]! + 1) owner[--i] = wanted[j - 1]!.index
      else j--
    }
    const spansOf = words.map((word, index) => {
      const first = owner.indexOf(index)
      return first < 0
        ? undefined
        : { text: word, start: spoken[first]!.start, end: spoken[owner.lastIndexOf(index)]!.end }
    })
    return spansOf.every((span) => span !== undefined) ? spansOf : []
  }
}

/** Phones with their spans from flite's `name:end name:end …`. */
function spans(line: string): WordTiming[] {
  let start = 0
  return line
    .trim()
    .split(/\s+/)
    .map((entry) => {
      const [text = '', end = '0'] = entry.split(':')
      const span = { text, start, end: Number(end) }
      start = span.end
      return span
    })
}
