import type { JSX } from 'preact'
import type { ImagePart, VideoPart } from '../store/types.ts'
import { zoomed } from './lightbox.tsx'
import { useObjectUrl } from './object-url.ts'

/** A picture; a click shows it large. */
export function Picture({ part, drawn }: { readonly part: ImagePart; readonly drawn: boolean }): JSX.Element {
  const url = useObjectUrl(part.blob)
  return (
    <button
      type="button"
      class={drawn ? 'picture drawn' : 'picture'}
      aria-label={`Show large: ${part.name}`}
      onClick={() => (zoomed.value = part)}
    >
      <img src={url} alt={part.name} />
    </button>
  )
}

/** A film; a moving GIF is shown as it is. */
export function Film({ part }: { readonly part: VideoPart }): JSX.Element {
  const url = useObjectUrl(part.blob)
  if (part.blob.type === 'image/gif') {
    return (
      <span class="picture">
        <img src={url} alt={part.name} />
      </span>
    )
  }
  return (
    // biome-ignore lint/a11y/useMediaCaption: the user's own film; nobody has written captions.
    <video class="film" src={url} controls playsInline preload="metadata" aria-label={part.name} />
  )
}
