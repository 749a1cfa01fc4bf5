/** @file `tony transcribe`. */
import { transcriptRequest } from '@tony/server'
import { TonyError, type WrittenToken } from 'tony'
import { attach } from '../attachments.ts'
import type { TonyDeps } from '../deps.ts'
import { sentence } from '../errors.ts'
import { findModel } from '../model-folder.ts'
import { onOneLine, printable } from '../terminal.ts'

/** Options of `tony transcribe`. */
export interface TranscribeOptions {
  readonly model: string
  readonly json: boolean
}

/**
 * Writes down what is said in recordings, a line for each in their order, after its name where there are several. One that
 * cannot be read is told on standard error and does not stop the others; the status is 1 then.
 */
export async function transcribe(
  files: readonly string[],
  options: TranscribeOptions,
  { terminal, openAssistant, openMedia }: TonyDeps,
): Promise<number> {
  const modelDir = findModel(options.model)
  const media = await openMedia()
  const assistant = await openAssistant(modelDir)
  let status = 0
  try {
    const model = assistant.models[0]
    if (model === undefined) throw new TonyError('not_found', 'transcribe: the assistant has no model')
    for (const file of files) {
      try {
        const part = await attach('audio', file, media)
        if (part.type !== 'audio') continue
        const request = transcriptRequest(model.id, part.audio, options.json ? { topLogprobs: 0 } : {})
        let text = ''
        const tokens: WrittenToken[] = []
        for await (const event of assistant.generate(request)) {
          if (event.type !== 'text') continue
          text += event.delta
          tokens.push(...(event.tokens ?? []))
        }
        text = text.trim()
        const logprobs = tokens.map(({ token, logprob }) => ({ token, logprob }))
        const line = options.json
          ? JSON.stringify({ file, text, logprobs })
          : `${files.length === 1 ? '' : `${file}: `}${onOneLine(printable(text))}`
        terminal.stdout.write(`${line}\n`)
      } catch (error) {
        terminal.stderr.write(`${sentence(error, terminal.env)}\n`)
        status = 1
      }
    }
    return status
  } finally {
    await assistant.close()
  }
}
