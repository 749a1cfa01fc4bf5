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
    /\b(?:classify|categori[sz]e|(?:which|what) (?:category|class|type|kind|topic|genre) (?:is|does|do|best)|sentiment|(?:positive|true|spam|yes) or (?:negative|false|not|no)|(?:decide|determine|judge|identify|tell me|predict|detect|check) (?:if|whether)|(?:label|tag) (?:the|each|this|these|every)|(?:choose|select|pick) (?:one )?(?:of|from|between|among|the (?:best|right|correct)))\b/i,
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

const LANGUAGE =
  /^\s*(arabic|chinese|dutch|english|french|german|hindi|italian|japanese|korean|polish|portuguese|russian|spanish|swahili|turkish)\s*:/gim

/** Characters from which on what stands before a question is a text that it is about. */
const TEXT = 200

/** Whether a question stands behind a text and is marked as one. */
const marksQuestion = (text: string): boolean => text.search(/^\s*(?:q|question)\s*\d*\s*[:.]/im) >= TEXT

/** Whether a text ends with a line that asks. */
const endsWithQuestion = (text: string): boolean => text.trimEnd().lastIndexOf('\n') >= TEXT && /\?\s*$/.test(text)

/** The use case that the words of a prompt suggest; null where they suggest none. */
export function suggestUseCase(text: string, turns: number): UseCase | null {
  if (turns > 1) return 'chat'
  // Told by their form, whatever words the text happens to have: one in two languages, one with a question behind it.
  if (new Set([...text.matchAll(LANGUAGE)].map((found) => found[1]!.toLowerCase())).size > 1) return 'rewrite'
  if (marksQuestion(text)) return 'closed_qa'
  const asked = rules.find(([, pattern]) => pattern.test(text))?.[0] ?? null
  const general = asked === null || !['summarization', 'rewrite', 'classification', 'extract'].includes(asked)
  return general && endsWithQuestion(text) ? 'closed_qa' : asked
}
