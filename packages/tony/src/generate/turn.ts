/** @file A turn of the user in a live conversation: sound read patch by patch, and what the end-of-turn head says of it. */
import { controlId } from '../models/omni/config.ts'
import { type Element, toldWords } from '../models/omni/sequence.ts'
import { MelWindows, PATCH_SECONDS } from '../models/omni/windows.ts'
import type { OmniEngine } from './engine.ts'
import { type OmniState, read, type Task, TurnAsk } from './task.ts'

/** Fewest patches of speech in a row with which a turn begins: a click is no turn. */
const MIN_SPEECH_PATCHES = 3
/** Probability from which a patch is speech. */
const SPEECH = 0.4
/** Patches of silence before speech after which all but the last are forgotten: turns of training begin soon. */
const MAX_LEAD_PATCHES = 10
const LEAD_PATCHES = 4
const PATCH_MS = PATCH_SECONDS * 1000

/** What the head says of the patch that was heard last. */
export interface Heard {
  readonly isSpeech: boolean
  /** Whether it is the one by which somebody is known to speak. */
  readonly begins: boolean
  /** Probability that the turn has ended. */
  readonly end: number
}

/** Hears a turn into the end of a sequence. */
export class Turn {
  private readonly engine: OmniEngine
  private state: OmniState
  /** Where it begins in the sequence, once it stands there. */
  private start: number | undefined
  private sound = new MelWindows()
  /** All patches while nobody has spoken. */
  private lead: Float32Array[] = []
  /** Of speech in all, or in a row while nobody is known to speak. */
  private speechPatches = 0
  private silentPatches = 0
  private spoken = false

  constructor(engine: OmniEngine, state: OmniState) {
    this.engine = engine
    this.state = state
  }

  /** Whether somebody has begun to speak. */
  get speaking(): boolean {
    return this.spoken
  }

  /** Whether there is anything to answer when the turn is ended by hand. */
  get hasSpeech(): boolean {
    return this.speechPatches > 0
  }

  /** How long they have spoken, and how long they have been silent since. */
  get speechMs(): number {
    return this.speechPatches * PATCH_MS
  }
  get silenceMs(): number {
    return this.silentPatches * PATCH_MS
  }

  /** Patches heard. */
  get length(): number {
    return this.sound.windows.length
  }

  /** Who speaks, and all of the sound. */
  get elements(): Element[] {
    const user: Element = { kind: 'token', id: controlId(this.engine.config, '<|user|>') }
    return [user, ...this.sound.windows.map((_, at) => this.patch(at))]
  }

  private patch(at: number): Element {
    return { kind: 'mel', sound: this.sound, at }
  }

  /** The words in it. */
  get words(): Element[] {
    return toldWords(this.sound, this.engine.config)
  }

  /** Hears a log-mel patch [640]. */
  *hear(patch: Float32Array): Task<Heard> {
    if (this.start === undefined) yield* this.enter(this.state)
    this.sound.push(patch)
    const ask = new TurnAsk(yield* read(this.state, [this.patch(this.length - 1)]))
    yield ask
    const [speech, , end] = ask.states[0] as unknown as [number, number, number]
    const isSpeech = speech > SPEECH
    if (isSpeech) {
      this.speechPatches++
      this.silentPatches = 0
    } else {
      if (!this.spoken) this.speechPatches = 0
      this.silentPatches++
    }
    const begins = !this.spoken && this.speechPatches >= MIN_SPEECH_PATCHES
    if (begins) this.spoken = true
    if (!this.spoken) {
      this.lead.push(patch)
      if (this.speechPatches === 0 && this.lead.length >= MAX_LEAD_PATCHES) yield* this.forgetSilence()
    }
    return { isSpeech, begins, end }
  }

  /** Reads what there is of it after what `state` holds, and goes on there; one that has not entered does so with its first patch. */
  *enter(state: OmniState): Task {
    this.state = state
    this.start = state.cache.length
    yield* read(state, this.elements)
  }

  /** A long silence before anybody speaks is dropped but for its end: waiting costs no context, and turns begin as in training. */
  private *forgetSilence(): Task {
    this.lead = this.lead.slice(-LEAD_PATCHES)
    this.sound = MelWindows.of(this.lead)
    this.state.cache.length = this.start!
    yield* this.enter(this.state)
  }
}
