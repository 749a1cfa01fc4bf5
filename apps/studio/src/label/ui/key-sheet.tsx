import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { choose, settings } from '../../store/settings.ts'
import { KeyList } from '../../ui/key-list.tsx'
import { Modal } from '../../ui/modal.tsx'
import { chooseChord, chordOf, type Key, openKeys, shownAs } from '../keys.ts'

/** The keys that work now, each of which can be changed. */
export function KeySheet({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const waiting = useSignal<Key | null>(null)
  const problem = useSignal<string | null>(null)
  const press = (event: KeyboardEvent): void => {
    const key = waiting.value
    // Tab goes on to the next button; a modifier alone is half a key.
    if (key === null || ['Tab', 'Shift', 'Control', 'Meta', 'Alt'].includes(event.key)) return
    event.preventDefault()
    event.stopPropagation()
    const chord = chordOf(event)
    if (event.key !== 'Escape' && chord !== undefined) problem.value = chooseChord(key, chord)
    if (problem.value === null || event.key === 'Escape') waiting.value = null
  }
  return (
    <Modal title="Keys" onClose={onClose}>
      <KeyList
        keys={openKeys.value.flat()}
        shownAs={(key) => (waiting.value === key ? 'Press a key …' : shownAs(key))}
        after={(key) =>
          key.fixed !== true && (
            <button
              type="button"
              class="key-change"
              aria-label={`Change the key: ${key.does}`}
              aria-pressed={waiting.value === key}
              onKeyDown={press}
              onBlur={() => (waiting.value = null)}
              onClick={() => {
                waiting.value = waiting.value === key ? null : key
                problem.value = null
              }}
            >
              Change
            </button>
          )
        }
      />
      <p class="muted" role="status">
        {problem.value ?? (waiting.value === null ? '' : 'Esc leaves it as it is.')}
      </p>
      <label class="check dialog-note">
        <input
          type="checkbox"
          checked={settings.value.letterKeys}
          onChange={(event) => choose({ letterKeys: event.currentTarget.checked })}
        />
        Single letters are keys
      </label>
      {Object.keys(settings.value.keys).length > 0 && (
        <button type="button" class="button" onClick={() => choose({ keys: {} })}>
          All keys as they were
        </button>
      )}
    </Modal>
  )
}
