import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import { cancelRecording, letGo, type Recording, recording, sendRecording, startRecording } from '../talk/recorder.ts'
import { clock } from './audio-clip.tsx'
import { IconButton } from './icons.tsx'

/** Hold to talk, or tap to start and tap to send. */
export function MicButton({ disabled }: { readonly disabled: boolean }): JSX.Element {
  const pressed = useRef<'started' | 'again' | null>(null)
  const on = recording.value !== null
  const press = (): void => {
    if (pressed.current !== null) return
    pressed.current = recording.value === null ? 'started' : 'again'
    if (pressed.current === 'started') void startRecording()
  }
  const release = (): void => {
    if (pressed.current === 'started') letGo()
    else if (pressed.current === 'again') void sendRecording()
    pressed.current = null
  }
  return (
    <IconButton
      icon="mic"
      label={on ? 'Let go or tap to send' : 'Hold to talk, or tap to start'}
      aria-pressed={on}
      class={on ? 'mic recording' : 'mic'}
      disabled={disabled}
      onPointerDown={(event) => {
        if (event.button !== 0) return
        event.currentTarget.setPointerCapture(event.pointerId)
        press()
      }}
      onPointerUp={release}
      onPointerCancel={() => {
        pressed.current = null
        cancelRecording()
      }}
      onContextMenu={(event) => event.preventDefault()}
      onKeyDown={(event) => {
        if (event.key !== ' ' && event.key !== 'Enter') return
        event.preventDefault()
        if (!event.repeat) press()
      }}
      onKeyUp={(event) => {
        if (event.key !== ' ' && event.key !== 'Enter') return
        // Firefox makes the click of the space bar here.
        event.preventDefault()
        release()
      }}
      // Assistive technology clicks without a pointer or a key.
      onClick={(event) => {
        if (event.detail !== 0 || pressed.current !== null) return
        if (on) void sendRecording()
        else void startRecording()
      }}
    />
  )
}

/** Stands in place of the text box while a recording is made. */
export function RecordingStrip({ recording: { seconds, levels } }: { readonly recording: Recording }): JSX.Element {
  return (
    <div class="recording-strip">
      <span class="recording-dot" />
      <span class="recording-time">{clock(seconds)}</span>
      <div class="recording-levels" aria-hidden="true">
        {levels.map((level, i) => (
          <i key={i} style={{ height: `${Math.min(100, 8 + Math.sqrt(level) * 150)}%` }} />
        ))}
      </div>
      <IconButton icon="close" label="Throw the recording away" onClick={() => cancelRecording()} />
    </div>
  )
}
