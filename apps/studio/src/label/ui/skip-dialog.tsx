import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { Modal } from '../../ui/modal.tsx'

const reasons = [
  'I do not understand the prompt',
  'It needs knowledge that I do not have',
  'It is in a language that I do not speak',
  'Sound or picture does not work',
  'It has personal data in it',
  'I do not want to deal with this content',
]

/** Asks why an item is given back. */
export function SkipDialog(props: {
  readonly onClose: () => void
  readonly onSkip: (reason: string) => void
}): JSX.Element {
  const reason = useSignal('')
  const send = (): void => {
    const text = reason.value.trim()
    if (text === '') return
    props.onClose()
    props.onSkip(text)
  }
  return (
    <Modal title="Why do you skip this item?" onClose={props.onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault()
          send()
        }}
      >
        <div class="reasons">
          {reasons.map((each) => (
            <label class="check" key={each}>
              <input
                type="radio"
                name="reason"
                checked={reason.value === each}
                onChange={() => (reason.value = each)}
              />
              {each}
            </label>
          ))}
        </div>
        <label>
          In your words
          <textarea
            rows={2}
            maxLength={2000}
            value={reason.value}
            onInput={(event) => (reason.value = event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="button main-button" disabled={reason.value.trim() === ''}>
          Skip the item
        </button>
      </form>
    </Modal>
  )
}
