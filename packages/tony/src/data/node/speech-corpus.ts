/** @file Writes a corpus of synthesised speech: `index.jsonl`, `audio.s16` and `manifest.json` in one folder. */
import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import type { WordTiming } from '../../media/types.ts'
import { TonyError } from '../../util/errors.ts'
import type { Manifest, SpeechRow, Split } from '../types.ts'
import type { Report } from './pictures-packages.ts'
import { SPEECH_RATE, type Synthesizer } from './synth.ts'
import type { SynthRequest, SynthResult } from './synth-types.ts'

/** One clip to make. */
export interface SpeechJob extends SynthRequest {
  readonly id: string
  readonly split: Split
  /** BCP 47; English where it is left out. */
  readonly lang?: string
}

/** The jobs of a corpus, in order; lengths are told after each, so that a plan may aim at hours by group. */
export interface SpeechPlan {
  readonly name: string
  /** Anything that changes the jobs belongs in here: a half-written corpus of another plan is thrown away. */
  readonly key: string
  /** The next job, or undefined at the end. */
  next(index: number): SpeechJob | undefined
  /** Called once per job in order, also for those already on disk. */
  finished?(job: SpeechJob, seconds: number): void
}

/** The plan of a corpus all of whose jobs are known: its key is `about`, which says what they were made from. */
export function plannedJobs(
  name: string,
  jobs: readonly SpeechJob[],
  about: { readonly version: number } & Readonly<Record<string, unknown>>,
): SpeechPlan {
  return { name, key: JSON.stringify({ plan: name, ...about }), next: (index) => jobs[index] }
}

/** Where voices come from, by the first part of their names; only what is `shipped` may be trained on. */
const SOURCES: Readonly<
  Record<string, { readonly name: string; readonly license: string; readonly shipped: boolean }>
> = {
  flite: {
    name: 'flite (Debian package flite): kal, awb, rms, slt',
    license: 'BSD-like (Carnegie Mellon University)',
    shipped: true,
  },
  espeak: {
    name: 'espeak-ng (Debian package espeak-ng)',
    license: 'GPL-3.0-or-later (tool)',
    shipped: true,
  },
  festival: {
    name: 'festival (Debian packages festvox-*): ked; lp, pc, ph, nsk; dita, krb, machac; lj, mv',
    license: 'BSD-like; GPL-2.0-or-later; GPL-3.0-or-later; LGPL-2.0-or-later (voices)',
    shipped: true,
  },
  gnuspeech: {
    name: 'Gnuspeech (npm package @echogarden/gnuspeech-wasm): sixty vocal tracts',
    license: 'GPL-3.0-or-later (tool)',
    shipped: true,
  },
  people: {
    name: 'recordings of people: tuxpaint-stamps-default in nine languages; festvox-ru; ktuberling-data in twelve; klettres-data in nine',
    license: 'GPL-2.0-or-later; BSD-like (Nickolay V. Shmyrev)',
    shipped: true,
  },
  person: {
    name: 'English words by four people: tuxpaint-stamps-default, ktuberling-data, klettres-data',
    license: 'GPL-2.0-or-later',
    shipped: true,
  },
  asterisk: { name: 'asterisk-core-sounds-en: Allison Smith', license: 'CC BY-SA 3.0', shipped: false },
  fsdd: { name: 'Free Spoken Digit Dataset, test part', license: 'CC BY-SA 4.0', shipped: false },
}

const FLUSH_EVERY = 50
const REPORT_EVERY = 500

/**
 * Builds a corpus in `out`. Killed half-way, it goes on where it stopped; each file appears under its name only when complete.
 * The text is synthetic, so that the license of a row is that of its engine.
 */
export async function buildSpeechCorpus(
  plan: SpeechPlan,
  options: {
    readonly out: string
    readonly command: string
    readonly synthesizer: Synthesizer
    readonly report: Report
    readonly now: Date
  },
): Promise<Manifest> {
  const { out, synthesizer, report } = options
  mkdirSync(out, { recursive: true })
  const parts = openParts(out, plan.key)
  const counts: Record<string, number> = {}
  const tally = (job: SpeechJob, seconds: number): void => {
    for (const key of ['all', `voice:${job.voice}`, `split:${job.split}`]) {
      counts[`clips:${key}`] = (counts[`clips:${key}`] ?? 0) + 1
      counts[`seconds:${key}`] = (counts[`seconds:${key}`] ?? 0) + seconds
    }
    plan.finished?.(job, seconds)
  }
  let offset = 0
  let index = 0
  let pendingRows: string[] = []
  let pendingAudio: Int16Array[] = []
  const started = Date.now()
  const flush = (): void => {
    parts.append(pendingAudio, pendingRows)
    pendingRows = []
    pendingAudio = []
  }
  for (;;) {
    const job = plan.next(index)
    if (job === undefined) break
    const old = parts.rows[index]
    if (old !== undefined) {
      if (old.id !== job.id)
        throw new TonyError('internal', `speech corpus: row ${index} is '${old.id}' (expected '${job.id}')`)
      offset += old.length
      tally(job, old.length / SPEECH_RATE)
    } else {
      const spoken = synthesizer.synthesize(job)
      pendingRows.push(JSON.stringify(makeRow(job, spoken, offset)))
      pendingAudio.push(spoken.samples)
      offset += spoken.samples.length
      tally(job, spoken.samples.length / SPEECH_RATE)
      if (pendingRows.length >= FLUSH_EVERY) flush()
    }
    index++
    if (index % REPORT_EVERY === 0) {
      const hours = offset / SPEECH_RATE / 3600
      report(`${plan.name}: ${index} clips, ${hours.toFixed(2)} h, ${((Date.now() - started) / 1000).toFixed(0)} s`)
      // Lets timers and signals in between: synthesis itself never waits.
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  flush()
  for (const key of Object.keys(counts)) counts[key] = Math.round(counts[key]! * 10) / 10
  const engines = Object.keys(SOURCES).filter((engine) =>
    Object.keys(counts).some((key) => key.startsWith(`clips:voice:${engine}/`)),
  )
  const manifest: Manifest = {
    name: plan.name,
    created: options.now.toISOString(),
    command: options.command,
    sources: engines.map((engine) => ({
      ...SOURCES[engine]!,
      items: Object.entries(counts).reduce(
        (sum, [key, count]) => (key.startsWith(`clips:voice:${engine}/`) ? sum + count : sum),
        0,
      ),
    })),
    counts,
  }
  parts.finish(manifest)
  return manifest
}

function makeRow(job: SpeechJob, spoken: SynthResult, offset: number): SpeechRow {
  return {
    id: job.id,
    text: job.text,
    lang: job.lang ?? 'en',
    voice: job.voice,
    split: job.split,
    offset,
    length: spoken.samples.length,
    words: spoken.words.map(rounded),
    phones: spoken.phones.map(rounded),
    license: SOURCES[job.voice.split('/')[0]!]!.license,
  }
}

function rounded({ text, start, end }: WordTiming): WordTiming {
  return { text, start: Math.round(start * 1e4) / 1e4, end: Math.round(end * 1e4) / 1e4 }
}

interface Parts {
  /** What an earlier run left. */
  readonly rows: readonly { readonly id: string; readonly length: number }[]
  append(audio: readonly Int16Array[], rows: readonly string[]): void
  finish(manifest: Manifest): void
}

/** Opens the half-written files, cut back to the last row whose sound is whole. */
function openParts(out: string, key: string): Parts {
  const path = (name: string): string => join(out, name)
  const planFile = path('plan.part')
  const fresh = !existsSync(planFile) || readFileSync(planFile, 'utf8') !== key
  const audio = openSync(path('audio.s16.part'), fresh ? 'w+' : 'a+')
  const index = openSync(path('index.jsonl.part'), fresh ? 'w+' : 'a+')
  if (fresh) writeFileSync(planFile, key)
  const rows: { id: string; length: number }[] = []
  let bytes = 0
  let samples = 0
  const whole = Math.floor(fstatSync(audio).size / 2)
  const text = Buffer.alloc(fstatSync(index).size)
  readSync(index, text, 0, text.length, 0)
  for (let end = text.indexOf(10); end >= 0; end = text.indexOf(10, bytes)) {
    const row = JSON.parse(text.toString('utf8', bytes, end)) as SpeechRow
    if (row.offset + row.length > whole) break
    rows.push({ id: row.id, length: row.length })
    samples = row.offset + row.length
    bytes = end + 1
  }
  ftruncateSync(index, bytes)
  ftruncateSync(audio, samples * 2)
  return {
    rows,
    append(sounds, lines) {
      for (const sound of sounds) writeAll(audio, Buffer.from(sound.buffer, sound.byteOffset, sound.byteLength))
      if (lines.length > 0) writeAll(index, Buffer.from(`${lines.join('\n')}\n`))
    },
    finish(manifest) {
      closeSync(audio)
      closeSync(index)
      renameSync(path('audio.s16.part'), path('audio.s16'))
      renameSync(path('index.jsonl.part'), path('index.jsonl'))
      writeFileSync(path('manifest.json.part'), `${JSON.stringify(manifest, undefined, 1)}\n`)
      renameSync(path('manifest.json.part'), path('manifest.json'))
      renameSync(planFile, path('plan.key'))
    },
  }
}

function writeAll(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
}
