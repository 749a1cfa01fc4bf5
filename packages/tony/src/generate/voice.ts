/** @file Live conversations: sound is heard patch by patch, the model decides when a turn has ended, and answers. */
import { StreamingMel } from '../media/audio/mel.ts'
import { controlId } from '../models/omni/config.ts'
import { type Element, roomForWords, toldWords } from '../models/omni/sequence.ts'
import { MelWindows, PATCH_SAMPLES } from '../models/omni/windows.ts'
import { TonyError } from '../util/errors.ts'
import { type AssistantDefaults, chatElements, countSenses } from './assistant.ts'
import { Channel } from './channel.ts'
import type { OmniEngine } from './engine.ts'
import { Reply } from './reply.ts'
import { read, type Task, TurnAsk, WaitAsk } from './task.ts'
import type { VoiceEvent, VoiceOptions, VoiceSession } from './types.ts'

/** Fewest patches of speech in a row with which a turn begins: a click is no turn. */
const MIN_SPEECH_PATCHES = 3
/** Probability of speech from which somebody begins to speak, and from which they go on: what is around them seldom sounds as sure. */
const SPEAKS = { begins: 0.9, goesOn: 0.5 } as const
const PATCH_MS = 80
/** Patches of silence before speech after which all but the last are forgotten: turns of training begin soon. */
const MAX_LEAD_PATCHES = 10
const LEAD_PATCHES = 4
/** Positions that must be left when a turn begins, and of these the ones that are kept for its answer, about ten seconds of it. */
const TURN_ROOM = 400
const ANSWER_ROOM = 160

/**
 * A live conversation. Patches are read as they arrive, each in the very next step whatever else goes on; the end-of-turn
 * head is read at each; when it is sure, or after the longest silence, the answer is told. It is begun when the head is
 * half sure, between two patches, and thrown away unheard if more is said. Speech during an answer throws it away.
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
        const patch = mel.push(all.slice(at, at + PATCH_SAMPLES)).data
        // Loud sound while an answer runs is the user breaking in.
        if (loud(patch)) listener.cancelAnswer()
        listener.inbox.push(patch)
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
  private sound = new MelWindows()
  /** Patches of this turn so far, while nobody has spoken in it, and where it begins in the cache. */
  private lead: Float32Array[] = []
  private turnStart = 0
  private heardMs = 0
  private speechPatches = 0
  private silenceMs = 0
  private speaking = false
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
      yield* this.beginTurn()
      for (;;) {
        const next = this.inbox.shift()
        if (next === undefined) {
          const more = this.reply !== undefined && (yield* this.reply.goOn())
          if (!more) yield new WaitAsk()
        } else if (next !== 'commit') yield* this.hear(next)
        else if (this.speechPatches > 0) yield* this.endTurn()
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

  private *beginTurn(): Task {
    // Room for a long turn and its answer: the older half of what there is room for is forgotten at once, not a turn each time.
    if (this.state.cache.length > this.mostBefore) {
      this.engine.free(this.state)
      yield* this.remember(this.mostBefore / 2)
    }
    yield* read(this.state, [this.control('<|user|>')])
    this.sound = new MelWindows()
    this.lead = []
    this.turnStart = this.state.cache.length
    this.speechPatches = 0
    this.silenceMs = 0
    this.speaking = false
  }

  private *hear(patch: Float32Array): Task {
    this.heardMs += PATCH_MS
    const ask = new TurnAsk(yield* read(this.state, [this.add(patch)]))
    yield ask
    const [isSpeech, , isEnd] = ask.states[0] as unknown as [number, number, number]
    if (isSpeech > (this.speaking ? SPEAKS.goesOn : SPEAKS.begins)) {
      // There is more to answer.
      this.dropReply()
      this.speechPatches++
      this.silenceMs = 0
      if (!this.speaking && this.speechPatches >= MIN_SPEECH_PATCHES) {
        this.speaking = true
        this.emit({ type: 'speech-started', atMs: Math.max(0, this.heardMs - this.speechPatches * PATCH_MS) })
      }
    } else {
      if (!this.speaking) this.speechPatches = 0
      this.silenceMs += PATCH_MS
    }
    // Who goes on and on is answered before the context is full; what follows is a turn of its own.
    const { config } = this.engine
    const taken = this.state.cache.length + roomForWords(this.sound.windows.length, config)
    const full = taken >= config.contextLength - ANSWER_ROOM
    if (this.speaking && isEnd > this.aheadThreshold) this.reply ??= this.newReply()
    if (this.speaking && (full || isEnd > this.threshold || this.silenceMs >= this.maxSilenceMs)) yield* this.endTurn()
    else if (!this.speaking) {
      this.lead.push(patch)
      if (this.speechPatches === 0 && this.lead.length >= MAX_LEAD_PATCHES) yield* this.forgetSilence()
    }
  }

  /** A patch as the next window of this turn's sound. */
  private add(patch: Float32Array): Element {
    const { sound } = this
    sound.push(patch)
    return { kind: 'mel', sound, at: sound.windows.length - 1 }
  }

  /** A long silence before anybody speaks is dropped but for its end: waiting costs no context, and turns begin as in training. */
  private *forgetSilence(): Task {
    this.lead = this.lead.slice(-LEAD_PATCHES)
    this.state.cache.length = this.turnStart
    this.sound = new MelWindows()
    yield* read(
      this.state,
      this.lead.map((patch) => this.add(patch)),
    )
  }

  /** All of this turn's sound, and the words in it. */
  private heard(): Element[] {
    const { sound } = this
    const patches = sound.windows.map((_, at): Element => ({ kind: 'mel', sound, at }))
    return [...patches, ...this.said]
  }

  /** The words in it. */
  private get said(): Element[] {
    return toldWords(this.sound, this.engine.config)
  }

  /** An answer to the turn as it has been heard so far. */
  private newReply(): Reply {
    const { engine, defaults, state } = this
    const elements = [...this.said, this.control('<|audio_end|>'), this.control('<|assistant|>')]
    return new Reply(engine, state, {
      elements,
      asked: {
        promptTokens: state.cache.length + elements.length,
        ...countSenses([...this.before, ...this.heard()]),
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
    const { reply } = this
    this.emit({ type: 'response-started' })
    try {
      yield* reply.tell()
    } catch (error) {
      if (!(error instanceof TonyError && error.code === 'aborted')) throw error
      this.emit({ type: 'response-cancelled' })
    }
    this.dropReply()
    // As in any other chat, and as in training: what was said re-enters as its words, in a third of the positions.
    const answered = [this.control('<|audio_end|>'), ...chatElements(this.engine, [reply.message])]
    this.past = [...this.past, { elements: [this.control('<|user|>'), ...this.heard(), ...answered], stays: false }]
    yield* read(this.state, [...this.said, ...answered])
    yield* this.beginTurn()
  }
}

/** Whether most bands of most frames of a patch are well above silence. */
function loud(patch: Float32Array): boolean {
  let above = 0
  for (const value of patch) if (value > 0.3) above++
  return above > patch.length * 0.3
}
