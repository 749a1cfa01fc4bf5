import type { JSX } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { choose, model, settings } from '../store/settings.ts'
import { answering, ask, hush } from '../talk/answer.ts'
import { attach, attachments, draftText, takeDraft } from '../talk/draft.ts'
import { startLive } from '../talk/live.ts'
import { recording, sendRecording } from '../talk/recorder.ts'
import { AttachmentRow } from './attachment-row.tsx'
import { FileButton } from './file-button.tsx'
import { Icon, IconButton } from './icons.tsx'
import { MicButton, RecordingStrip } from './mic-button.tsx'

/** Where the user writes, records and adds files. */
export function Composer(): JSX.Element {
  const busy = answering.value !== null
  const empty = draftText.value.trim() === '' && attachments.value.length === 0
  const send = (): void => {
    if (!busy && !empty) void ask(takeDraft())
  }
  return (
    <form
      class="composer"
      aria-label="Message to Tony"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <AttachmentRow />
      {recording.value === null ? <MessageBox onSend={send} /> : <RecordingStrip recording={recording.value} />}
      <div class="tools">
        <FileButton
          accept="image/*,audio/*,video/*"
          label="Add a picture, sound or film"
          onFiles={(files) => {
            void attach(files)
            document.getElementById('message')?.focus()
          }}
        />
        <AnswerWith />
        <span class="spacer" />
        <MicButton disabled={busy} />
        <IconButton
          icon="live"
          label="Live conversation"
          disabled={busy || recording.value !== null}
          onClick={() => void startLive()}
        />
        <MainButton busy={busy} empty={empty} />
      </div>
    </form>
  )
}

/** Stops what is going on, or sends what there is. */
function MainButton({ busy, empty }: { readonly busy: boolean; readonly empty: boolean }): JSX.Element {
  if (busy) return <IconButton icon="stop" label="Stop the answer" class="primary" onClick={() => hush()} />
  if (recording.value === null)
    return <IconButton icon="send" label="Send" class="primary" type="submit" disabled={empty} />
  return <IconButton icon="send" label="Send the recording" class="primary" onClick={() => void sendRecording()} />
}

function MessageBox({ onSend }: { readonly onSend: () => void }): JSX.Element {
  const box = useRef<HTMLTextAreaElement>(null)
  const text = draftText.value
  useLayoutEffect(() => {
    if (box.current === null) return
    box.current.style.height = 'auto'
    box.current.style.height = `${box.current.scrollHeight}px`
  }, [text])
  return (
    <textarea
      ref={box}
      id="message"
      rows={1}
      placeholder="Message Tony"
      aria-label="Message"
      value={text}
      onInput={(event) => (draftText.value = event.currentTarget.value)}
      onPaste={(event) => {
        const files = [...(event.clipboardData?.files ?? [])]
        if (files.length === 0) return
        event.preventDefault()
        void attach(files)
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
        event.preventDefault()
        onSend()
      }}
    />
  )
}

function AnswerWith(): JSX.Element | null {
  if (model.value?.output_modalities.includes('audio') === false) return null
  const { speech } = settings.value
  const option = (spoken: boolean, icon: 'lines' | 'speaker', label: string): JSX.Element => (
    <label class="segment" title={`Answer with ${label.toLowerCase()}`}>
      <input type="radio" name="answer" checked={speech === spoken} onChange={() => choose({ speech: spoken })} />
      <Icon name={icon} />
      <span>{label}</span>
    </label>
  )
  return (
    <fieldset class="segments">
      <legend class="sr-only">Answer with</legend>
      {option(false, 'lines', 'Text')}
      {option(true, 'speaker', 'Text and speech')}
    </fieldset>
  )
}
