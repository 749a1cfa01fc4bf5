/** @file Hold to talk: a recording that is sent as a message. */
import { type Signal, signal } from '@preact/signals'
import { type Microphone, openMicrophone } from '../sound/microphone.ts'
import { PcmBuffer, WIRE_RATE } from '../sound/pcm.ts'
import { player } from '../sound/player.ts'
import { failureInfo } from '../wire/failure.ts'
import { answering, ask } from './answer.ts'
import { takeDraft } from './draft.ts'
import { announce, notify } from './notices.ts'

/** A recording that is being made. */
export interface Recording {
  readonly seconds: number
  /** Loudness of the last pieces, oldest first. */
  readonly levels: readonly number[]
}

/** The recording, or null. */
export const recording: Signal<Recording | null> = signal(null)

const SHORTEST_SECONDS = 0.3
const LONGEST_SECONDS = 120
const LEVELS = 112

let microphone: Microphone | undefined
let sound = new PcmBuffer()
/** Letting go before the microphone is open must not leave it open. */
let attempt = 0

/** Opens the microphone and records. */
export async function startRecording(): Promise<void> {
  if (recording.value !== null || answering.value !== null) return
  const mine = ++attempt
  player.unlock()
  player.stop()
  sound = new PcmBuffer()
  recording.value = { seconds: 0, levels: [] }
  try {
    const opened = await openMicrophone(({ pcm, level }) => {
      if (mine !== attempt || recording.value === null) return
      sound.push(pcm)
      const seconds = sound.samples.length / WIRE_RATE
      recording.value = { seconds, levels: [...recording.value.levels, level].slice(-LEVELS) }
      if (seconds >= LONGEST_SECONDS) void sendRecording()
    })
    if (mine !== attempt) {
      opened.close()
      return
    }
    microphone = opened
    announce('Recording')
  } catch (error) {
    if (mine === attempt) cancelRecording()
    notify(failureInfo(error).message, { tone: 'problem' })
  }
}

/** Sends what was recorded, with the rest of the draft. */
export async function sendRecording(): Promise<void> {
  if (recording.value === null) return
  const samples = sound.samples.slice()
  cancelRecording()
  if (samples.length < SHORTEST_SECONDS * WIRE_RATE) {
    notify('That was too short to hear. Hold the button while you speak, or tap it to start and to send.')
    return
  }
  announce('Sent')
  await ask([...takeDraft(), { kind: 'audio', samples, rate: WIRE_RATE, transcript: '', name: 'You' }])
}

/** The button was let go: sends, unless it was a tap, which leaves the recording on for those who cannot hold. */
export function letGo(): void {
  if ((recording.value?.seconds ?? 0) >= SHORTEST_SECONDS) void sendRecording()
}

/** Throws the recording away. Returns whether there was one. */
export function cancelRecording(): boolean {
  const busy = recording.value !== null
  attempt++
  microphone?.close()
  microphone = undefined
  recording.value = null
  return busy
}
