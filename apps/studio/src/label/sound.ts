/** @file The sounds of answers: one at a time, at a speed that is kept, all equally loud. */
import { type Signal, signal } from '@preact/signals'
import { loadWaveform } from './waveform.ts'

/** What is heard. */
export interface Heard {
  /** Address of the file. */
  readonly url: string
  readonly playing: boolean
  readonly seconds: number
  readonly length: number
}

/** The speeds to choose from. */
export const speeds = [0.75, 1, 1.25, 1.5, 2] as const

/** What is heard now; null before the first sound. */
export const heard: Signal<Heard | null> = signal(null)

/** How fast. */
export const speed: Signal<number> = signal(1)

let element: HTMLAudioElement | undefined
/** What the element's sound goes through. */
let loudness: GainNode | undefined

/** Plays a sound from its beginning, or halts the one that plays, or goes on with it. */
export function toggleSound(url: string): void {
  const audio = ready()
  if (heard.value?.url !== url) {
    audio.src = url
    heard.value = { url, playing: false, seconds: 0, length: 0 }
    void loadWaveform(url).then((waveform) => {
      if (heard.value?.url === url && loudness !== undefined) loudness.gain.value = waveform?.gain ?? 1
    })
  }
  audio.playbackRate = speed.value
  if (audio.paused) void audio.play().catch(() => show())
  else audio.pause()
}

/** Moves in the sound that is heard. */
export function seek(seconds: number): void {
  if (element !== undefined) element.currentTime = seconds
}

/** Changes the speed, of what is heard too. */
export function setSpeed(to: number): void {
  speed.value = to
  if (element !== undefined) element.playbackRate = to
}

/** The next slower (-1) or faster (1) speed. */
export function stepSpeed(by: -1 | 1): void {
  const at = (speeds as readonly number[]).indexOf(speed.value)
  setSpeed(speeds[Math.min(Math.max(at + by, 0), speeds.length - 1)] ?? 1)
}

/** Silence, when another item is shown. */
export function hushSound(): void {
  element?.pause()
  heard.value = null
}

function ready(): HTMLAudioElement {
  if (element === undefined) {
    element = new Audio()
    for (const name of ['play', 'pause', 'ended', 'timeupdate', 'durationchange', 'error']) {
      element.addEventListener(name, show)
    }
    const context = new AudioContext()
    loudness = context.createGain()
    context.createMediaElementSource(element).connect(loudness).connect(context.destination)
  }
  return element
}

function show(): void {
  if (element === undefined || heard.value === null) return
  const { paused, ended, currentTime, duration } = element
  heard.value = {
    ...heard.value,
    playing: !paused && !ended,
    seconds: currentTime,
    length: Number.isFinite(duration) ? duration : 0,
  }
}
