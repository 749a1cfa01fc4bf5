import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { IconButton } from '../../ui/icons.tsx'
import { heard, seek, setSpeed, speed, speeds, toggleSound } from '../sound.ts'
import { loadWaveform, type Waveform } from '../waveform.ts'

/** A player of one sound. */
export function SoundView({ url, name }: { readonly url: string; readonly name: string }): JSX.Element {
  const mine = heard.value?.url === url ? heard.value : null
  return (
    <div class={mine?.playing === true ? 'sound playing' : 'sound'} data-playing={mine?.playing === true}>
      <IconButton
        icon={mine?.playing === true ? 'pause' : 'play'}
        label={mine?.playing === true ? `Pause ${name}` : `Play ${name}`}
        class="clip-button"
        onClick={() => toggleSound(url)}
      />
      <div class="sound-track">
        <Wave url={url} played={mine === null || mine.length === 0 ? 0 : mine.seconds / mine.length} />
        <input
          type="range"
          min="0"
          max={mine?.length === undefined || mine.length === 0 ? 1 : mine.length}
          step="0.01"
          value={mine?.seconds ?? 0}
          disabled={mine === null}
          aria-label={`Position in ${name}`}
          onInput={(event) => seek(event.currentTarget.valueAsNumber)}
        />
      </div>
      <span class="sound-time">{mine === null ? '' : `${mine.seconds.toFixed(1)} / ${mine.length.toFixed(1)} s`}</span>
      <select
        aria-label="Speed"
        value={String(speed.value)}
        onChange={(event) => setSpeed(Number(event.currentTarget.value))}
      >
        {speeds.map((each) => (
          <option key={each} value={String(each)}>
            {each}×
          </option>
        ))}
      </select>
    </div>
  )
}

/** The sound's shape; the part that was `played` (0 to 1) stands out. */
function Wave({ url, played }: { readonly url: string; readonly played: number }): JSX.Element {
  const [wave, setWave] = useState<Waveform | null>(null)
  useEffect(() => {
    let shown = true
    void loadWaveform(url).then((found) => shown && setWave(found))
    return () => {
      shown = false
    }
  }, [url])
  const peaks = wave?.peaks ?? []
  const most = Math.max(1e-3, ...peaks)
  const bars = (from: number, to: number): string =>
    peaks
      .slice(from, to)
      .map((peak, i) => {
        const half = Math.max(peak / most, 0.04)
        return `M${from + i + 0.5} ${1 - half}V${1 + half}`
      })
      .join('')
  const at = Math.round(played * peaks.length)
  return (
    <svg class="sound-wave" viewBox={`0 0 ${peaks.length || 1} 2`} preserveAspectRatio="none" aria-hidden="true">
      <path class="wave-played" d={bars(0, at)} />
      <path d={bars(at, peaks.length)} />
    </svg>
  )
}
