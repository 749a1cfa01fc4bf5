import { useComputed } from '@preact/signals'
import type { JSX } from 'preact'
import { conversations } from '../store/conversations.ts'
import { dismiss, notice } from '../talk/notices.ts'
import { IconButton } from './icons.tsx'

/** The short message at the edge of the page, and a lasting one if conversations cannot be kept. */
export function NoticeBar(): JSX.Element {
  const current = notice.value
  const problem = useComputed(() => conversations.problem.value).value
  return (
    <div class="notices">
      {problem !== null && (
        <div class="notice" role="status">
          <span>{problem}</span>
        </div>
      )}
      {current !== null && (
        <div class={`notice notice-${current.tone}`} role={current.tone === 'problem' ? 'alert' : 'status'}>
          <span>{current.text}</span>
          {current.action !== undefined && (
            <button
              type="button"
              class="notice-action"
              onClick={() => {
                dismiss()
                current.action?.run()
              }}
            >
              {current.action.label}
            </button>
          )}
          <IconButton icon="close" label="Close this message" onClick={dismiss} />
        </div>
      )}
    </div>
  )
}
