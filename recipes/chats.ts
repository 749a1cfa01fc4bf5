/** @file How chats of training begin: in half of them other things were said before what they are about. */
import type { Tokenizer } from '../packages/tony/src/media/text/tokenizer.ts'
import type { OmniConfig } from '../packages/tony/src/models/omni/config.ts'
import { SequenceBuilder } from '../packages/tony/src/models/omni/sequence.ts'
import { pickWeighted, type Rng } from '../packages/tony/src/util/rng.ts'

/** Adds a turn of the user, or several, and the assistant's answers; the last one is in writing, or re-enters as it does after it was given. */
export type Exchange = (rng: Rng, builder: SequenceBuilder) => SequenceBuilder

/** Chance of one more exchange before: one in the mean. */
const ONE_MORE = 0.5
const MOST = 6
/** Share of earlier exchanges that are of the kind that the chat is about; the others are of any kind. */
const SAME = 0.5
/** Positions after which no more is said before: what the chat is about has to fit into the row of a batch. */
const ROOM = 280

/** All kinds of exchange that chats can begin with, and how often each does. */
export class Chats {
  private readonly kinds: (readonly [share: number, exchange: Exchange])[] = []
  private readonly config: OmniConfig
  private readonly tokenizer: Tokenizer

  constructor({ config, tokenizer }: { readonly config: OmniConfig; readonly tokenizer: Tokenizer }) {
    this.config = config
    this.tokenizer = tokenizer
  }

  /** Makes chats begin with such exchanges too, as often as `share` stands to the shares of the others. */
  add(share: number, exchange: Exchange): void {
    this.kinds.push([share, exchange])
  }

  /** A chat with what was said before, if anything. `like` is what it is about; `oneMore` is the chance of one more exchange. */
  begin(rng: Rng, { like, oneMore = ONE_MORE }: { like?: Exchange; oneMore?: number } = {}): SequenceBuilder {
    const builder = new SequenceBuilder(this.config, this.tokenizer)
    for (let n = 0; n < MOST && builder.elements.length < ROOM && rng.next() < oneMore; n++) {
      const exchange = like !== undefined && rng.next() < SAME ? like : pickWeighted(rng, this.kinds)
      exchange(rng, builder)
    }
    return builder
  }
}
