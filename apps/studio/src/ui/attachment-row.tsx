import type { JSX } from 'preact'
import type { Part } from '../store/types.ts'
import { type Attachment, attachments, detach, reading } from '../talk/draft.ts'
import { time } from './audio-clip.tsx'
import { Icon, IconButton } from './icons.tsx'
import { useObjectUrl } from './object-url.ts'

/** The files that go with the message. */
export function AttachmentRow(): JSX.Element | null {
  if (attachments.value.length === 0 && reading.value === 0) return null
  return (
    <ul class="attachments" aria-label="Attached files">
      {attachments.value.map((attachment) => (
        <AttachmentView key={attachment.id} attachment={attachment} />
      ))}
      {reading.value > 0 && <li class="attachment reading">Reading…</li>}
    </ul>
  )
}

function AttachmentView({ attachment: { id, part } }: { readonly attachment: Attachment }): JSX.Element {
  const name = part.kind === 'text' ? '' : part.name
  return (
    <li class="attachment">
      <Preview part={part} />
      <span class="attachment-name">{name}</span>
      <IconButton icon="close" label={`Remove ${name}`} onClick={() => detach(id)} />
    </li>
  )
}

function Preview({ part }: { readonly part: Part }): JSX.Element | null {
  switch (part.kind) {
    case 'image':
      return <Thumbnail blob={part.blob} />
    case 'video':
      return part.blob.type === 'image/gif' ? <Thumbnail blob={part.blob} /> : <Icon name="film" />
    case 'audio':
      return (
        <>
          <Icon name="live" />
          <small>{time(part.samples.length / part.rate)}</small>
        </>
      )
    case 'text':
      return null
  }
}

function Thumbnail({ blob }: { readonly blob: Blob }): JSX.Element {
  return <img src={useObjectUrl(blob)} alt="" />
}
