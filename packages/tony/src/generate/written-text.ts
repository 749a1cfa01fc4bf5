/** @file The text of an answer as it is given out, token by token. */
import type { Tokenizer } from '../media/text/tokenizer.ts'
import type { Draw } from './sampler.ts'
import type { GenerateEvent, TokenLogprob, WrittenToken } from './types.ts'

/** A token and what else was likely, as they are given out. */
export function writtenToken(
  tokenizer: Tokenizer,
  id: number,
  { logprob, top }: { readonly logprob: number; readonly top: readonly Draw[] },
): WrittenToken {
  return { ...named(tokenizer, { id, logprob }), top: top.map((other) => named(tokenizer, other)) }
}

function named(tokenizer: Tokenizer, { id, logprob }: Draw): TokenLogprob {
  return { id, token: tokenizer.decode([id], { keepSpecial: true }), bytes: [...tokenizer.bytesOf(id)], logprob }
}

type TextEvent = Omit<Extract<GenerateEvent, { type: 'text' }>, 'type'>

/** Text that comes token by token. What may yet turn out to be a stop string is held back. */
export class StreamedText {
  private readonly decoder: ReturnType<Tokenizer['streamDecoder']>
  private readonly stops: readonly string[]
  private readonly send: (event: TextEvent) => void
  private text = ''
  private sent = 0
  /** Tokens that were not sent yet, and where in the text they begin. */
  private waiting: { readonly at: number; readonly token: WrittenToken }[] = []
  constructor(
    tokenizer: Tokenizer,
    { stops, send }: { readonly stops: readonly string[]; readonly send: (event: TextEvent) => void },
  ) {
    this.decoder = tokenizer.streamDecoder()
    this.stops = stops
    this.send = send
  }

  /** Adds a token; whether a stop string has come, which ends the text before it. */
  push(id: number, token?: WrittenToken): boolean {
    if (token !== undefined) this.waiting.push({ at: this.text.length, token })
    this.text += this.decoder.push(id)
    const cut = this.stops.map((s) => this.text.indexOf(s)).filter((at) => at >= 0)
    if (cut.length > 0) {
      this.text = this.text.slice(0, Math.min(...cut))
      this.waiting = this.waiting.filter(({ at }) => at < this.text.length)
    }
    const held = cut.length > 0 ? 0 : Math.max(0, ...this.stops.map((s) => s.length - 1))
    this.flush(this.text.length - held)
    return cut.length > 0
  }

  end(): void {
    this.text += this.decoder.end()
    this.flush(this.text.length, true)
  }

  private flush(end: number, last = false): void {
    const tokens = this.waiting.filter(({ at }) => last || at < end)
    if (end <= this.sent && tokens.length === 0) return
    this.waiting = this.waiting.slice(tokens.length)
    const delta = this.text.slice(this.sent, Math.max(end, this.sent))
    this.send({ delta, ...(tokens.length === 0 ? {} : { tokens: tokens.map(({ token }) => token) }) })
    this.sent = Math.max(end, this.sent)
  }
}
