/** @file `tony chat`. */
import { createInterface } from 'node:readline'
import { styleText } from 'node:util'
import type { MediaCodecs } from '@tony/server'
import { type Assistant, type OutputModality, prompts, TonyError } from 'tony'
import { type AttachmentKind, attach } from '../attachments.ts'
import { type AnswerView, Conversation } from '../conversation.ts'
import type { TonyDeps } from '../deps.ts'
import { sentence } from '../errors.ts'
import { findModel } from '../model-folder.ts'
import { onOneLine, type Terminal } from '../terminal.ts'

/** Options of `tony chat`. */
export interface ChatOptions {
  readonly model: string
  /** `true` where the option stands without a text. */
  readonly once?: string | true
  readonly system?: string
  readonly image: readonly string[]
  readonly audio: readonly string[]
  readonly video: readonly string[]
  readonly speech: boolean
  readonly out: string
  readonly maxTokens?: number
  readonly temperature?: number
  readonly seed?: number
}

const HELP = `/image FILE, /audio FILE, /video FILE   send a file with the next message; an empty line sends it alone
/draw TEXT                              a picture of it
/speech on|off                          answer in speech too
/new                                    forget the conversation
/quit                                   leave
`

/** Talks. Without a terminal every line of input gets one line of output, and files are announced on standard error. */
export async function chat(options: ChatOptions, { terminal, openAssistant, openMedia }: TonyDeps): Promise<number> {
  const modelDir = findModel(options.model)
  const media = await openMedia()
  const kinds: readonly AttachmentKind[] = ['image', 'audio', 'video']
  const parts = await Promise.all(kinds.flatMap((kind) => options[kind].map((path) => attach(kind, path, media))))
  if (options.once === true && parts.length === 0) {
    throw new TonyError('invalid', 'chat: --once has no text; give one, or --image or --audio with a file')
  }
  const assistant = await openAssistant(modelDir)
  try {
    const { maxTokens, temperature, seed } = options
    const conversation = new Conversation({
      assistant,
      media,
      out: options.out,
      now: terminal.now,
      ...(options.system === undefined ? {} : { system: options.system }),
      settings: {
        ...(maxTokens === undefined ? {} : { maxTokens }),
        ...(temperature === undefined ? {} : { temperature }),
        ...(seed === undefined ? {} : { seed }),
      },
    })
    conversation.pending = parts
    const modalities = (speech: boolean): OutputModality[] => asked(assistant, speech)
    if (options.once === undefined)
      return await talk({ conversation, media, terminal, modalities, speech: options.speech })
    const view = viewOn(terminal, { oneLine: false })
    await conversation.ask(options.once === true ? '' : options.once, modalities(options.speech), view, interrupted())
    view.end()
    return 0
  } finally {
    await assistant.close()
  }
}

interface Talk {
  readonly conversation: Conversation
  readonly media: MediaCodecs
  readonly terminal: Terminal
  readonly modalities: (speech: boolean) => readonly OutputModality[]
  readonly speech: boolean
}

async function talk({ conversation, media, terminal, modalities, speech: speechAtFirst }: Talk): Promise<number> {
  const { stdin, stdout, stderr, env } = terminal
  const live = stdin.isTTY === true && stdout.isTTY === true
  const lines = createInterface({ input: stdin, ...(live ? { output: stdout, terminal: true } : {}), prompt: '> ' })
  let speech = speechAtFirst
  let status = 0
  let left = false
  let running: AbortController | undefined
  // Ctrl-C stops the answer that is being written, or else the conversation.
  lines.on('SIGINT', () => (running === undefined ? lines.close() : running.abort(new TonyError('aborted', 'stopped'))))

  const commands: Readonly<Record<string, (rest: string) => Promise<void> | void>> = {
    image: async (path) => void conversation.pending.push(await attach('image', path, media)),
    audio: async (path) => void conversation.pending.push(await attach('audio', path, media)),
    video: async (path) => void conversation.pending.push(await attach('video', path, media)),
    draw: (text) => ask(prompts.draw(text), ['image']),
    speech: (word) => {
      if (word !== 'on' && word !== 'off') throw new TonyError('invalid', `chat: /speech ${word} (expected on or off)`)
      speech = word === 'on'
    },
    new: () => conversation.clear(),
    quit: () => {
      left = true
    },
    help: () => void stderr.write(HELP),
  }

  async function ask(text: string, modalities: readonly OutputModality[]): Promise<void> {
    running = new AbortController()
    const view = viewOn(terminal, { oneLine: !live })
    try {
      await conversation.ask(text, modalities, view, running.signal)
    } finally {
      running = undefined
      view.end()
    }
  }

  async function take(line: string): Promise<void> {
    const [, name, rest = ''] = /^\/(\w+)\s*(.*)$/.exec(line) ?? []
    if (name === undefined) {
      if (line !== '' || conversation.pending.length > 0) await ask(line, modalities(speech))
      return
    }
    const command = commands[name]
    if (command === undefined) throw new TonyError('invalid', `chat: there is no /${name}; /help lists what there is`)
    await command(rest)
  }

  if (live) {
    stdout.write(`${styleText('dim', 'Type a message; /help lists commands; Ctrl-D leaves.')}\n`)
    lines.prompt()
  }
  for await (const line of lines) {
    try {
      await take(line.trim())
    } catch (error) {
      // A conversation outlives what went wrong in one turn; a pipe learns it from the status at the end.
      stderr.write(`${sentence(error, env)}\n`)
      if (!(error instanceof TonyError && error.code === 'aborted')) status = live ? 0 : 1
    }
    if (left) break
    if (live) lines.prompt()
  }
  if (live) stdout.write('\n')
  return status
}

function viewOn({ stdout, stderr }: Terminal, { oneLine }: { oneLine: boolean }): AnswerView & { end(): void } {
  const notes: string[] = []
  return {
    text: (delta) => void stdout.write(oneLine ? onOneLine(delta) : delta),
    file: (kind, path) => void notes.push(`${kind}: ${path}\n`),
    dropped: (count) =>
      void notes.push(
        `${count === 1 ? 'the attached file was' : `${count} attached files were`} dropped; attach again\n`,
      ),
    end() {
      stdout.write('\n')
      stderr.write(notes.join(''))
    },
  }
}

/** In speech where that is wanted; a model that draws may answer with a picture. */
function asked({ models }: Assistant, speech: boolean): OutputModality[] {
  const draws = models[0]?.output.includes('image') === true
  return ['text', ...(speech ? (['audio'] as const) : []), ...(draws ? (['image'] as const) : [])]
}

/** Aborts at Ctrl-C, once; the second one ends the process. */
function interrupted(): AbortSignal {
  const controller = new AbortController()
  process.once('SIGINT', () => controller.abort(new TonyError('aborted', 'stopped')))
  return controller.signal
}
