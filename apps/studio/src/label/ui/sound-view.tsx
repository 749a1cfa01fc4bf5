import type { JSX } from 'preact'
import { IconButton } from '../../ui/icons.tsx'
import { heard, seek, setSpeed, speed, speeds, toggleSound } from '../sound.ts'

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
