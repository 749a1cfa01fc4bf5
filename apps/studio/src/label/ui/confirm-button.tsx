import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { Modal } from '../../ui/modal.tsx'

/** A button for what cannot be undone: it asks first. */
export function ConfirmButton(props: {
  readonly label: string
  /** What the button is about, for those who hear it. */
  readonly name: string
  readonly question: string
  readonly consequence: string
  readonly onConfirm: () => void
}): JSX.Element {
  const asking = useSignal(false)
  return (
    <>
      <button
        type="button"
        class="button"
        aria-label={`${props.label}: ${props.name}`}
        onClick={() => (asking.value = true)}
      >
        {props.label}
      </button>
      {asking.value && (
        <Modal title={props.question} onClose={() => (asking.value = false)}>
          <div class="stack">
            <p>
              <b>{props.name}</b> {props.consequence}
            </p>
            <div class="actions">
              <button
                type="button"
                class="button main-button"
                onClick={() => {
                  asking.value = false
                  props.onConfirm()
                }}
              >
                {props.label}
              </button>
              <button type="button" class="button" onClick={() => (asking.value = false)}>
                Cancel
              </button>
            </div>
          </div>
        </Modal>
      )}
    </>
  )
}
