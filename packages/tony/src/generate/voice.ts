/** @file Live conversations: sound is heard patch by patch, the model decides when a turn has ended, and answers. */
import { StreamingMel } from '../media/audio/mel.ts'
import { controlId } from '../models/omni/config.ts'
import { type Element, roomForWords } from '../models/omni/sequence.ts'
import { PATCH_SAMPLES, PATCH_SECONDS } from '../models/omni/windows.ts'
import { TonyError } from '../util/errors.ts'
import { type AssistantDefaults, chatElements, countSenses } from './assistant.ts'
import { Channel } from './channel.ts'
import type { OmniEngine } from './engine.ts'
import { Reply } from './reply.ts'
import { read, type Task, WaitAsk } from './task.ts'
import { type Heard, Turn } from './turn.ts'
import type { VoiceEvent, VoiceOptions, VoiceSession } from './types.ts'

const PATCH_MS = PATCH_SECONDS * 1000
/** Positions that must be left when a turn begins, and of these the ones that are kept for its answer, about ten seconds of it. */
const TURN_ROOM = 400
const ANSWER_ROOM = 160

/**
 * A live conversation. Patches are read as they arrive, each in the very next step whatever else goes on; the end-of-turn
 * head is read at each; when it is sure, or after the longest silence, the answer is told. It is begun when the head is
 * half sure, between two patches, and thrown away unheard if more is said. The user is heard while an answer is made, too:
 * speech, as the head tells it, throws the answer away; other sounds do not.
 */
export function openVoice(
  engine: OmniEngine,
  options: VoiceOptions,
  { defaults }: { defaults: AssistantDefaults },
): VoiceSession {
  const channel = new Channel<VoiceEvent>()
  const listener = new Listener(engine, { ...options, defaults, emit: (event) => channel.push(event) })
  const job = engine.run(listener.listen(), { priority: 'live', onEnd: (error) => channel.end(error) })
  const mel = new StreamingMel()
  let pending = new Float32Array(0)
  let open = true
  return {
    events: channel,
    append(samples) {
      if (!open) return
      const all = new Float32Array(pending.length + samples.length)
      all.set(pending)
      all.set(samples, pending.length)
      let at = 0
      for (; at + PATCH_SAMPLES <= all.length; at += PATCH_SAMPLES) {
        listener.inbox.push(mel.push(all.slice(at, at + PATCH_SAMPLES)).data)
      }
      pending = all.slice(at)
      job.wake()
    },
    cancel() {
      listener.cancelAnswer()
    },
    commit() {
      listener.inbox.push('commit')
      job.wake()
    },
    async close() {
      open = false
      job.cancel()
      channel.end()
    },
  }
}

/** A part of the conversation; instructions stay when the rest is forgotten. */
interface Said {
  readonly elements: readonly Element[]
  readonly stays: boolean
}

/** Hears, and answers. */
class Listener {
  /** Log-mel patches and what the user does, in their order. */
  readonly inbox: (Float32Array | 'commit')[] = []
  private readonly engine: OmniEngine
  private readonly defaults: AssistantDefaults
  private readonly emit: (event: VoiceEvent) => void
  private readonly threshold: number
  private readonly aheadThreshold: number
  private readonly maxSilenceMs: number
  private state: ReturnType<OmniEngine['newState']>
  /** What was said before this turn and is still in the cache: messages of the history, then turns. */
  private past: readonly Said[]
  private turn: Turn
  private heardMs = 0
  /** The answer to this turn, begun before it is sure that the turn is over. */
  private reply: Reply | undefined

  constructor(
    engine: OmniEngine,
    {
      threshold = 0.95,
      aheadThreshold = 0.5,
      maxSilenceMs = 700,
      history = [],
      defaults,
      emit,
    }: VoiceOptions & { readonly defaults: AssistantDefaults; readonly emit: (event: VoiceEvent) => void },
  ) {
    this.engine = engine
    this.defaults = defaults
    this.emit = emit
    this.threshold = threshold
    this.aheadThreshold = aheadThreshold
    this.maxSilenceMs = maxSilenceMs
    this.state = engine.newState()
    this.turn = new Turn(engine, this.state)
    this.past = history.map((message) => ({
      elements: chatElements(engine, [message]),
      stays: message.role === 'system',
    }))
  }

  /** Ends the running answer, if there is one, at its next position. */
  cancelAnswer(): void {
    this.reply?.cancel()
  }

  *listen(): Task {
    try {
      yield* this.remember(this.mostBefore)
      yield* this.turn.enter(this.state)
      for (;;) {
        const next = this.inbox.shift()
        if (next === undefined) {
          const more = this.reply !== undefined && (yield* this.reply.goOn())
          if (!more) yield new WaitAsk()
        } else if (next !== 'commit') yield* this.hear(next)
        else if (this.turn.hasSpeech) yield* this.endTurn()
      }
    } finally {
      this.dropReply()
      this.engine.free(this.state)
    }
  }

  private control(name: Parameters<typeof controlId>[1]): Element {
    return { kind: 'token', id: controlId(this.engine.config, name) }
  }

  /** Reads the instructions and as much of the end of the conversation as fits into `most` positions; what came before is forgotten. */
  private *remember(most: number): Task {
    const lengthOf = (some: readonly Said[]): number => some.reduce((sum, { elements }) => sum + elements.length, 0)
    const instructions = lengthOf(this.past.filter(({ stays }) => stays))
    if (instructions > this.mostBefore)
      throw new TonyError(
        'too_large',
        `the instructions need ${instructions} positions, a live conversation has room for ${this.mostBefore}; shorten them`,
      )
    let length = lengthOf(this.past)
    this.past = this.past.filter(({ elements, stays }) => {
      if (stays || length <= most) return true
      length -= elements.length
      return false
    })
    yield* read(this.state, this.before)
  }

  /** All positions before this turn. */
  private get before(): Element[] {
    return this.past.flatMap(({ elements }) => elements)
  }

  /** Most positions that may be taken when a turn begins. */
  private get mostBefore(): number {
    return Math.max(0, this.engine.config.contextLength - TURN_ROOM)
  }

  private *hear(patch: Float32Array): Task {
    const { turn } = this
    const { isSpeech, end } = yield* this.listenTo(patch, turn)
    // There is more to answer.
    if (isSpeech) this.dropReply()
    if (!turn.speaking) return
    // Who goes on and on is answered before the context is full; what follows is a turn of its own.
    const { config } = this.engine
    const taken = this.state.cache.length + roomForWords(turn.length, config)
    const full = taken >= config.contextLength - ANSWER_ROOM
    if (end > this.aheadThreshold) this.reply ??= this.newReply()
    if (full || end > this.threshold || turn.silenceMs >= this.maxSilenceMs) yield* this.endTurn()
  }

  private *listenTo(patch: Float32Array, turn: Turn): Task<Heard> {
    this.heardMs += PATCH_MS
    const heard = yield* turn.hear(patch)
    if (heard.begins) this.emit({ type: 'speech-started', atMs: Math.max(0, this.heardMs - turn.speechMs) })
    return heard
  }

  /** An answer to the turn as it has been heard so far. */
  private newReply(): Reply {
    const { engine, defaults, state, turn } = this
    const elements = [...turn.words, this.control('<|audio_end|>'), this.control('<|assistant|>')]
    return new Reply(engine, state, {
      elements,
      asked: {
        promptTokens: state.cache.length + elements.length,
        ...countSenses([...this.before, ...turn.elements, ...turn.words]),
      },
      defaults,
      emit: (event) => this.emit({ type: 'response', event }),
    })
  }

  private dropReply(): void {
    this.reply?.drop()
    this.reply = undefined
  }

  private *endTurn(): Task {
    this.emit({ type: 'turn-ended', atMs: this.heardMs })
    this.reply ??= this.newReply()
    const { reply, turn } = this
    this.emit({ type: 'response-started' })
    // What is heard meanwhile goes into a sequence of its own until the answer is known that it stands behind. There, as
    // after an answer, the head tells noise from speech; behind a question alone it does not (docs/log.md).
    const meanwhile = this.engine.newState()
    const next = new Turn(this.engine, meanwhile)
    try {
      reply.tell()
      while (yield* reply.goOn()) yield* this.overhear(next)
    } catch (error) {
      if (!(error instanceof TonyError && error.code === 'aborted')) throw error
      this.emit({ type: 'response-cancelled' })
    } finally {
      this.engine.free(meanwhile)
    }
    this.dropReply()
    // As in any other chat, and as in training: what was said re-enters as its words, in a third of the positions.
    const answered = [...turn.words, this.control('<|audio_end|>'), ...chatElements(this.engine, [reply.message])]
    this.past = [...this.past, { elements: [...turn.elements, ...answered], stays: false }]
    yield* read(this.state, answered)
    // Room for a long turn and its answer: the older half of what there is room for is forgotten at once, not a turn each time.
    if (this.state.cache.length > this.mostBefore) {
      this.engine.free(this.state)
      yield* this.remember(this.mostBefore / 2)
    }
    yield* next.enter(this.state)
    this.turn = next
  }

  /** Hears what has arrived while an answer is made. */
  private *overhear(next: Turn): Task {
    while (!next.speaking && this.inbox[0] instanceof Float32Array) {
      const patch = this.inbox.shift() as Float32Array
      yield* this.listenTo(patch, next)
    }
    if (next.speaking) this.cancelAnswer()
  }
}
