import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { player } from '../sound/player.ts'
import { type LivePhase, type LiveState, live, microphoneLevel, show, stopLive, toggleMute } from '../talk/live.ts'
import { FileButton } from './file-button.tsx'
import { Icon, IconButton } from './icons.tsx'

const words: Readonly<Record<LivePhase, string>> = {
  connecting: 'Connecting',
  listening: 'Listening',
  hearing: 'Hearing you',
  thinking: 'Thinking',
  speaking: 'Speaking',
}

const hints: Readonly<Record<LivePhase, string>> = {
  connecting: 'One moment',
  listening: 'Say something',
  hearing: 'Tony answers when you pause',
  thinking: 'Just a moment',
  speaking: 'Speak to interrupt',
}

/** How each bar follows the loudness: the middle one most. */
const reach: readonly number[] = [0.35, 0.6, 0.8, 1, 0.8, 0.6, 0.35]

/** Stands in place of the composer during a live conversation. */
export function LiveDock({ state }: { readonly state: LiveState }): JSX.Element {
  const { phase, muted } = state
  return (
    <section class={`live live-${phase}`} aria-label="Live conversation">
      <LevelBars />
      <p class="live-words">
        <b>{muted && phase !== 'speaking' ? 'Microphone off' : words[phase]}</b>
        <small>{muted && phase !== 'speaking' ? 'Turn it on to go on' : hints[phase]}</small>
      </p>
      <FileButton accept="image/*" label="Show a picture" onFiles={(files) => void show(files)} />
      <IconButton
        icon={muted ? 'micOff' : 'mic'}
        label={muted ? 'Turn the microphone on' : 'Turn the microphone off'}
        aria-pressed={muted}
        class={muted ? 'live-mute muted' : 'live-mute'}
        onClick={toggleMute}
      />
      <button type="button" class="live-end" onClick={() => stopLive()}>
        <Icon name="close" />
        End
      </button>
    </section>
  )
}

/** Bars that follow whoever is speaking. */
function LevelBars(): JSX.Element {
  const bars = useRef<HTMLDivElement>(null)
  useEffect(() => {
    let frame = 0
    let smooth = 0
    const draw = (): void => {
      const speaking = live.peek()?.phase === 'speaking'
      const level = Math.min(1, Math.sqrt(speaking ? player.level() : microphoneLevel.now) * 1.9)
      smooth += (level - smooth) * (level > smooth ? 0.5 : 0.14)
      for (const [i, bar] of [...(bars.current?.children ?? [])].entries()) {
        if (bar instanceof HTMLElement) bar.style.height = `${(14 + smooth * (reach[i] ?? 0) * 86).toFixed(1)}%`
      }
      frame = requestAnimationFrame(draw)
    }
    draw()
    return () => cancelAnimationFrame(frame)
  }, [])
  return (
    <div class="level" ref={bars} aria-hidden="true">
      {reach.map((_, i) => (
        <i key={i} />
      ))}
    </div>
  )
}
