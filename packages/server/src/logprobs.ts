/** @file How likely the words of an answer were, as the wire has it. */
import type { TokenLogprob, WrittenToken } from 'tony'
import type { ChatLogprobs } from './protocol/chat.ts'
import type { LogprobObject } from './protocol/common.ts'

/** One token. */
export function wireLogprob({ token, bytes, logprob }: TokenLogprob): LogprobObject {
  return { token, bytes: [...bytes], logprob }
}

/** The tokens of a choice, or of a piece of it. */
export function wireLogprobs(tokens: readonly WrittenToken[]): ChatLogprobs {
  return {
    content: tokens.map((token) => ({ ...wireLogprob(token), top_logprobs: token.top.map(wireLogprob) })),
    refusal: null,
  }
}
