import { useComputed } from '@preact/signals'
import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import { peaks } from '../sound/pcm.ts'
import { player } from '../sound/player.ts'
import { encodeWav } from '../sound/wav.ts'
import { download, fileName } from '../store/export.ts'
import type { AudioPart } from '../store/types.ts'
import { IconButton } from './icons.tsx'

const HEIGHT = 32
const STEP = 4.5

/** A player with the sound's shape; a sound that is still arriving can be stopped but not moved in. */
export function AudioClip(props: {
  readonly id: string
  readonly part: AudioPart
  readonly streaming: boolean
}): JSX.Element {
  const { id, part, streaming } = props
  const { samples, rate } = part
  const playback = useComputed(() => (player.playback.value?.id === id ? player.playback.value : null)).value
  const seconds = samples.length / rate
  const bars = Math.max(20, Math.min(64, Math.ceil(seconds * 14)))
  const path = useMemo(() => shape(peaks(samples, bars)), [samples.length, bars])
  const position = playback?.position ?? 0
  const seek = (to: number): void => {
    player.unlock()
    player.play(id, samples, Math.max(0, Math.min(seconds - 0.05, to)))
  }
  const press = (): void => {
    if (playback === null) seek(0)
    else if (streaming) player.stop()
    else void player.toggle()
  }
  const playing = playback !== null && !playback.paused
  const width = bars * STEP
  return (
    <div class={playing ? 'clip playing' : 'clip'}>
      <IconButton
        icon={playing ? (streaming ? 'stop' : 'pause') : 'play'}
        label={playing ? (streaming ? 'Stop the sound' : 'Pause') : 'Play'}
        class="clip-button"
        onClick={press}
      />
      <div
        class="wave"
        role="slider"
        tabIndex={streaming ? -1 : 0}
        aria-label="Position in the sound"
        aria-valuemin={0}
        aria-valuemax={Math.round(seconds * 10) / 10}
        aria-valuenow={Math.round(position * 10) / 10}
        aria-valuetext={`${time(position)} of ${time(seconds)}`}
        aria-disabled={streaming}
        style={{ maxWidth: `${width}px` }}
        onPointerDown={(event) => {
          if (streaming) return
          const box = event.currentTarget.getBoundingClientRect()
          seek(((event.clientX - box.left) / box.width) * seconds)
        }}
        onKeyDown={(event) => {
          const to = stepTo(event.key, position, seconds)
          if (to === undefined || streaming) return
          event.preventDefault()
          seek(to)
        }}
      >
        <svg viewBox={`0 0 ${width} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
          <path d={path} class="wave-rest" />
          <path
            d={path}
            class="wave-done"
            style={{ clipPath: `inset(0 ${100 - (position / Math.max(seconds, 0.01)) * 100}% 0 0)` }}
          />
        </svg>
      </div>
      <span class="clip-time">{time(playback === null ? seconds : position)}</span>
      {!streaming && (
        <IconButton
          icon="download"
          label="Save the sound"
          class="clip-save"
          onClick={() =>
            download(
              new Blob([encodeWav(samples, rate)], { type: 'audio/wav' }),
              fileName(part.transcript || part.name, 'wav'),
            )
          }
        />
      )}
    </div>
  )
}

/** A length: tenths of a second while it is short. */
export function time(seconds: number): string {
  return seconds < 60 ? `${seconds.toFixed(1)} s` : clock(seconds)
}

/** Minutes and seconds. */
export function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`
}

function stepTo(key: string, position: number, seconds: number): number | undefined {
  switch (key) {
    case 'ArrowRight':
    case 'ArrowUp':
      return position + 1
    case 'ArrowLeft':
    case 'ArrowDown':
      return position - 1
    case 'Home':
      return 0
    case 'End':
      return seconds
    default:
      return undefined
  }
}

/** One upright line for each loudness, around the middle. */
function shape(levels: readonly number[]): string {
  return levels
    .map((level, i) => {
      const half = Math.max(0.6, (level * (HEIGHT - 4)) / 2)
      return `M${(i + 0.5) * STEP} ${(HEIGHT / 2 - half).toFixed(1)}V${(HEIGHT / 2 + half).toFixed(1)}`
    })
    .join('')
}
