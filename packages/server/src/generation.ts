/** @file Asking the assistant on behalf of a request. */
import type { GenerateEvent, GenerateRequest, RgbImage, Usage, WrittenToken } from 'tony'
import { concatFloats, TonyError } from 'tony'
import type { AppContext, AppRequest } from './context.ts'
import { describeError } from './logger.ts'

/** A whole answer. */
export interface Answer {
  readonly text: string
  /** Those of the text, where the request has `topLogprobs`. */
  readonly tokens: readonly WrittenToken[]
  /** At 16 kHz; empty if nothing was said. */
  readonly samples: Float32Array
  readonly images: readonly RgbImage[]
  readonly finishReason: 'stop' | 'length'
  readonly usage: Usage
}

/** Ends when the client leaves or `abort` is called. */
export interface RequestScope {
  readonly signal: AbortSignal
  readonly abort: () => void
}

/** The scope of one HTTP request. */
export function requestScope(c: AppRequest): RequestScope {
  const controller = new AbortController()
  return {
    signal: AbortSignal.any([controller.signal, c.req.raw.signal]),
    abort: () => controller.abort(new TonyError('aborted', 'the client went away')),
  }
}

/** Takes a slot, asks, and gives it back when the answer ends, fails, is no longer wanted, or the server stops. */
export async function* generate(
  ctx: AppContext,
  request: GenerateRequest,
  signal: AbortSignal,
): AsyncGenerator<GenerateEvent, void, undefined> {
  const either = linkSignals(signal, ctx.shutdown)
  let release = (): void => {}
  try {
    release = await ctx.gate.acquire(either.signal)
    const started = ctx.now()
    let first = true
    for await (const event of ctx.assistant.generate(request, either.signal)) {
      if (first) ctx.metrics.firstOutput((ctx.now() - started) / 1000)
      first = false
      if (event.type === 'done') countTokens(ctx, event.usage)
      yield event
      if (event.type === 'done') return
    }
    either.signal.throwIfAborted()
    throw new TonyError('internal', `the answer of "${request.model}" ended without a last event`)
  } finally {
    release()
    either.dispose()
  }
}

/** One signal for two. Unlike `AbortSignal.any` it leaves nothing behind on a signal that lives on. */
function linkSignals(a: AbortSignal, b: AbortSignal): { signal: AbortSignal; dispose: () => void } {
  const controller = new AbortController()
  const listeners = [a, b].map((source) => {
    const stop = (): void => controller.abort(source.reason)
    if (source.aborted) stop()
    source.addEventListener('abort', stop)
    return () => source.removeEventListener('abort', stop)
  })
  return {
    signal: controller.signal,
    dispose: () =>
      listeners.forEach((remove) => {
        remove()
      }),
  }
}

/** Asks and waits for the whole answer. */
export async function generateWhole(ctx: AppContext, request: GenerateRequest, signal: AbortSignal): Promise<Answer> {
  const text: string[] = []
  const tokens: WrittenToken[] = []
  const sound: Float32Array[] = []
  const images: RgbImage[] = []
  for await (const event of generate(ctx, request, signal)) {
    if (event.type === 'text') {
      text.push(event.delta)
      tokens.push(...(event.tokens ?? []))
    } else if (event.type === 'audio') sound.push(event.samples)
    else if (event.type === 'image') {
      if (!event.preview) images.push(event.image)
    } else {
      return {
        text: text.join(''),
        tokens,
        samples: joinSamples(sound),
        images,
        finishReason: event.finishReason,
        usage: event.usage,
      }
    }
  }
  throw new TonyError('internal', 'an answer without a last event got through')
}

/**
 * Waits for the first event, so that a failure before it still gets its own status, but not for longer than
 * `patienceMs`: then the stream begins anyway and pings keep the connection alive.
 */
export async function settled<T>(
  events: AsyncGenerator<T, void, undefined>,
  patienceMs = 5000,
): Promise<AsyncIterable<T>> {
  const first = events.next()
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, patienceMs)
  })
  try {
    await Promise.race([first, patience])
  } finally {
    clearTimeout(timer)
  }
  return (async function* () {
    try {
      for (let next = await first; !next.done; next = await events.next()) yield next.value
    } finally {
      await events.return()
    }
  })()
}

/** Notes an error that a stream ended with; a client that left is not an error. */
export function logStreamError(ctx: AppContext, c: AppRequest, signal: AbortSignal): (error: unknown) => void {
  return (error) => {
    c.set('broken', true)
    if (signal.aborted) return
    ctx.logger.error('stream failed', { requestId: c.get('requestId'), path: c.req.path, error: describeError(error) })
  }
}

/** Chunks of sound as one. */
export function joinSamples(chunks: readonly Float32Array[]): Float32Array {
  if (chunks.length === 1) return chunks[0]!
  return concatFloats(chunks)
}

/** The sum of the usage of several answers to one prompt, which is counted once. */
export function addUsage(a: Usage | undefined, b: Usage): Usage {
  if (a === undefined) return b
  return {
    ...a,
    completionTokens: a.completionTokens + b.completionTokens,
    completionAudioTokens: a.completionAudioTokens + b.completionAudioTokens,
    completionImageTokens: a.completionImageTokens + b.completionImageTokens,
  }
}

function countTokens(ctx: AppContext, usage: Usage): void {
  ctx.metrics.tokens('prompt', usage.promptTokens)
  ctx.metrics.tokens('completion', usage.completionTokens)
}
