import { type Signal, signal } from '@preact/signals'
import type { JSX } from 'preact'
import { download } from '../store/export.ts'
import type { ImagePart } from '../store/types.ts'
import { IconButton } from './icons.tsx'
import { Modal } from './modal.tsx'
import { useObjectUrl } from './object-url.ts'

/** The picture that is shown large. */
export const zoomed: Signal<ImagePart | null> = signal(null)

/** Shows a picture large. */
export function Lightbox(): JSX.Element | null {
  const part = zoomed.value
  return part === null ? null : <Large part={part} />
}

function Large({ part }: { readonly part: ImagePart }): JSX.Element {
  const url = useObjectUrl(part.blob)
  const extension = part.blob.type.split('/')[1]?.replace('jpeg', 'jpg').replace('svg+xml', 'svg') ?? 'png'
  return (
    <Modal
      class="lightbox"
      title={part.name}
      onClose={() => (zoomed.value = null)}
      extra={
        <IconButton
          icon="download"
          label="Save the picture"
          onClick={() => download(part.blob, part.name.includes('.') ? part.name : `tony.${extension}`)}
        />
      }
    >
      <img src={url} alt={part.name} />
    </Modal>
  )
}
