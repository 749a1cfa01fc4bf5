/** @file Beam search: the likeliest text, where the likeliest next token again and again is not it. */
import type { Tokenizer } from '../media/text/tokenizer.ts'
import { allowed } from '../models/omni/choices.ts'
import { controlId, type OmniConfig } from '../models/omni/config.ts'
import type { AbortLike } from '../util/abort.ts'
import { TonyError } from '../util/errors.ts'
import { type Draw, logprobsOf } from './sampler.ts'
import { type OmniState, ReadAllAsk, ReadAsk, type Task } from './task.ts'
import type { GenerateEvent } from './types.ts'
import { StreamedText, writtenToken } from './written-text.ts'

/** How wide to search, and where the states of other texts come from. */
export interface Beams {
  /** Texts that are followed at once, from 1. */
  readonly width: number
  readonly states: {
    /** Another state that remembers the same. */
    fork(state: OmniState): OmniState
    free(state: OmniState): void
  }
}

export interface BeamOptions {
  readonly beams: Beams
  readonly maxPositions: number
  readonly topLogprobs?: number
  readonly stop?: readonly string[]
  readonly signal?: Pick<AbortLike, 'aborted'>
  readonly emit: (event: GenerateEvent) => void
}

/** Why a text ended, and its tokens. */
interface BeamEnd {
  readonly finishReason: 'stop' | 'length'
  readonly text: number
}

/** A token of a text, and what was likely in its place. */
interface Chosen extends Draw {
  readonly top: readonly Draw[]
}

/** A text that is followed, or one that has ended. */
interface Hypothesis {
  readonly tokens: readonly Chosen[]
  /** Sum of log-probabilities. */
  readonly sum: number
}

/** One that may go on. */
interface LiveHypothesis extends Hypothesis {
  readonly state: OmniState
}

interface Extension {
  readonly from: LiveHypothesis
  readonly next: Chosen
  readonly sum: number
}

/** Mean log-probability, the end counted: without it short texts win. */
const merit = ({ tokens, sum }: Hypothesis): number => sum / (tokens.length + 1)

/**
 * Writes the likeliest text after `state`, whose last position is the text token: of `width` texts at a time all next tokens are
 * tried, and the `width` likeliest are followed until as many have ended; of those the one with the highest mean
 * log-probability is given out (Graves 2012; the length normalisation of Wu et al. 2016 with alpha 1). What all texts have in
 * common is given out as soon as they do. Temperature, top-p and penalties have no part in it.
 */
export function* beamSearch(
  { config, tokenizer }: { readonly config: OmniConfig; readonly tokenizer: Tokenizer },
  state: OmniState,
  { beams: { width, states }, topLogprobs, emit, ...options }: BeamOptions,
): Task<BeamEnd> {
  const spans = allowed(config, tokenizer.vocabSize, 'write')
  const end = controlId(config, '<|end|>')
  const told = topLogprobs ?? 0
  const text = new StreamedText(tokenizer, {
    stops: options.stop ?? [],
    send: (event) => emit({ type: 'text', ...event }),
  })
  /** States made here. */
  const made = new Set<OmniState>()
  const ended: Hypothesis[] = []
  let live: LiveHypothesis[] = [{ tokens: [], sum: 0, state }]
  let given = 0
  const give = (tokens: Hypothesis['tokens'], count: number): boolean => {
    while (given < count) {
      const { id, logprob, top } = tokens[given++]!
      const token = topLogprobs === undefined ? undefined : writtenToken(tokenizer, id, { logprob, top })
      if (text.push(id, token)) return true
    }
    return false
  }
  const over = (finishReason: BeamEnd['finishReason']): BeamEnd => ({ finishReason, text: given })

  /** The texts that the extensions make, each with a state that has all but its last token. */
  const grow = (extensions: readonly Extension[]): LiveHypothesis[] => {
    const grown = extensions.map(({ from, next, sum }, i) => {
      // The last text to go on from a state takes it along.
      const last = !extensions.slice(i + 1).some((other) => other.from === from)
      const after = last ? from.state : states.fork(from.state)
      if (!last) made.add(after)
      return { tokens: [...from.tokens, next], sum, state: after }
    })
    for (const { state: old } of live) {
      if (!made.has(old) || grown.some((text) => text.state === old)) continue
      made.delete(old)
      states.free(old)
    }
    return grown
  }

  try {
    for (let n = 0; n < options.maxPositions; n++) {
      if (options.signal?.aborted === true) throw new TonyError('aborted', 'the answer was cancelled')
      const extensions = live.flatMap((from): Extension[] => {
        const { top } = logprobsOf(from.state.logits, { allowed: spans, chosen: end, top: Math.max(width + 1, told) })
        return top
          .slice(0, width + 1)
          .map((draw) => ({ from, next: { ...draw, top: top.slice(0, told) }, sum: from.sum + draw.logprob }))
      })
      const next: Extension[] = []
      for (const extension of extensions.sort((a, b) => b.sum - a.sum)) {
        if (next.length === width) break
        if (extension.next.id === end) ended.push({ tokens: extension.from.tokens, sum: extension.sum })
        else next.push(extension)
      }
      if (ended.length >= width) break
      live = grow(next)
      yield new ReadAllAsk(live.map((text) => new ReadAsk(text.state, [{ kind: 'token', id: text.tokens.at(-1)!.id }])))
      const sure = shared([...live, ...ended])
      if (give(live[0]!.tokens, sure)) return over('stop')
    }
    const found = ended.length > 0 ? ended : live
    const best = found.reduce((a, b) => (merit(b) > merit(a) ? b : a))
    if (!give(best.tokens, best.tokens.length)) text.end()
    return over(ended.length > 0 ? 'stop' : 'length')
  } finally {
    for (const old of made) states.free(old)
  }
}

/** How many first tokens all have in common. */
function shared(texts: readonly Hypothesis[]): number {
  const [first, ...others] = texts
  let count = 0
  while (count < first!.tokens.length && others.every(({ tokens }) => tokens[count]?.id === first!.tokens[count]!.id))
    count++
  return count
}
