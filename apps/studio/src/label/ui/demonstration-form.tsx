import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { type Piece, textOf, withText } from '../answer.ts'
import type { Desk } from '../desk.ts'
import { count } from '../figures.ts'
import { useKeys } from '../keys.ts'
import { call } from '../wire.ts'
import { attempt } from './load.ts'
import { Notes } from './notes.tsx'
import { type MediaAddress, Pieces } from './pieces.tsx'

/** The longest text that the server takes. */
const LONGEST = 100_000

/** Writes the answer that Tony should have given. */
export function DemonstrationForm(props: {
  readonly desk: Desk
  readonly media: MediaAddress
  readonly disabled: boolean
}): JSX.Element {
  const { desk, media, disabled } = props
  const { content, notes } = desk.draft.value
  const preview = useSignal(false)
  const box = useRef<HTMLTextAreaElement>(null)
  const text = textOf(content)
  const words = text.trim() === '' ? 0 : text.trim().split(/\s+/).length
  useEffect(() => box.current?.focus(), [])
  useEffect(() => {
    if (desk.missing.value !== null) box.current?.focus()
  }, [desk.missing.value])
  useKeys([
    { chords: ['e'], shown: 'E', does: 'Write', run: () => box.current?.focus() },
    {
      chords: ['Ctrl+p'],
      shown: 'Ctrl P',
      does: 'Preview on and off',
      whileWriting: true,
      run: () => (preview.value = !preview.value),
    },
    {
      chords: ['Escape'],
      shown: 'Esc',
      does: 'Leave the text box',
      whileWriting: true,
      run: () => box.current?.blur(),
    },
  ])
  return (
    <div class="demonstration">
      <div class={preview.value ? 'writing with-preview' : 'writing'}>
        <label>
          Your answer
          <textarea
            ref={box}
            rows={10}
            maxLength={LONGEST}
            disabled={disabled}
            value={text}
            onInput={(event) => desk.change({ content: withText(content, event.currentTarget.value) })}
          />
        </label>
        {preview.value && (
          <section class="output" aria-label="Preview">
            <h3>Preview</h3>
            <div class="pieces">
              <Pieces content={content.filter((piece) => piece.type === 'text')} media={media} name="your answer" />
            </div>
          </section>
        )}
      </div>
      <Files
        content={content}
        media={media}
        disabled={disabled}
        // What was written while the file was on its way stays.
        onAdd={(piece) => desk.change({ content: [...desk.draft.value.content, piece] })}
        onRemove={(piece) => desk.change({ content: desk.draft.value.content.filter((each) => each !== piece) })}
      />
      <div class="writing-foot">
        <span class="muted">
          {count(words, 'word')}, {count(text.length, 'character')}
          {text.length > LONGEST - 1000 && ` of at most ${LONGEST}`}
        </span>
        <button
          type="button"
          class="button"
          aria-pressed={preview.value}
          onClick={() => (preview.value = !preview.value)}
        >
          Preview
        </button>
      </div>
      <Notes value={notes} disabled={disabled} onChange={(notes) => desk.change({ notes })} />
    </div>
  )
}

/** Sounds and pictures of an answer. */
function Files(props: {
  readonly content: readonly Piece[]
  readonly media: MediaAddress
  readonly disabled: boolean
  readonly onAdd: (piece: Piece) => void
  readonly onRemove: (piece: Piece) => void
}): JSX.Element {
  const { content, media, disabled, onAdd, onRemove } = props
  const files = content.filter((piece) => piece.type !== 'text')
  const add = (file: File): Promise<boolean> =>
    attempt(async () => {
      const body = new Blob([file], { type: 'application/octet-stream' })
      const { sha256, type } = await call<{ sha256: string; type: string }>('POST', 'media', { body })
      onAdd({ type: type === 'audio/wav' ? 'audio' : 'image', sha256 })
    })
  return (
    <div class="answer-files">
      {files.map((piece) => (
        <div class="answer-file" key={piece.sha256}>
          <Pieces content={[piece]} media={media} name="your answer" />
          <button type="button" class="button" disabled={disabled} onClick={() => onRemove(piece)}>
            Take out
          </button>
        </div>
      ))}
      <label class="button file-button">
        Add a sound or a picture
        <input
          type="file"
          class="sr-only"
          accept=".wav,.png,audio/wav,image/png"
          disabled={disabled}
          onChange={(event) => {
            const file = event.currentTarget.files?.[0]
            event.currentTarget.value = ''
            if (file !== undefined) void add(file)
          }}
        />
      </label>
    </div>
  )
}
