/** @file A guess at which of the paper's use cases a prompt is; people decide. */
import type { UseCase } from '../protocol/labels.ts'

/** In this order: what asks about a given text before what asks in general. */
const rules: readonly (readonly [UseCase, RegExp])[] = [
  ['summarization', /\b(?:summari[sz]e|summary of|tl;?\s?dr)\b/i],
  [
    'rewrite',
    /\b(?:rewrite|reword|rephrase|paraphrase|proofread|translate|(?:fix|correct) (?:the|my|any) (?:grammar|spelling))\b/i,
  ],
  [
    'classification',
    /\b(?:classify|categori[sz]e|which category|sentiment|(?:positive|true|spam) or (?:negative|false|not))\b/i,
  ],
  [
    'extract',
    /\bextract\b|\b(?:find|list) (?:all|every|the) [\w\s]{1,40}(?:in|from) (?:the|this) (?:text|passage|article|email|following)\b/i,
  ],
  [
    'closed_qa',
    /\b(?:based on|according to|using|given|from) (?:the|this) (?:\w+ )?(?:text|passage|article|context|paragraph|information|table)\b|\banswer the (?:following )?questions? (?:about|below|from)\b/i,
  ],
  [
    'brainstorming',
    /\b(?:brainstorm|ideas? for|suggest(?:ions? for)?|(?:list|give me|name|what are) (?:some|a few|two|three|four|five|six|seven|eight|nine|ten|\d+))\b/i,
  ],
  ['generation', /\b(?:write|compose|draft|create|generate|make up|tell me) (?:\w+ )?(?:a|an|the|some|my|\d+)\b/i],
  ['chat', /\bthe following is a conversation\b|^\s*(?:hi|hello|hey)\b/i],
  [
    'open_qa',
    /^\s*(?:who|what|when|where|why|how|which|is|are|was|were|do|does|did|can|could|should|explain)\b|\?\s*$/i,
  ],
]

/** The use case that the words of a prompt suggest; null where they suggest none. */
export function suggestUseCase(text: string, turns: number): UseCase | null {
  if (turns > 1) return 'chat'
  return rules.find(([, pattern]) => pattern.test(text))?.[0] ?? null
}
