import type { JSX } from 'preact'
import { retry } from '../talk/answer.ts'
import { openConversation, openDialog } from '../talk/navigation.ts'
import type { FailureInfo, FailureKind } from '../wire/failure.ts'
import { Icon } from './icons.tsx'

interface WayOut {
  readonly label: string
  readonly run: () => void
}

const again: WayOut = { label: 'Try again', run: () => void retry() }
const toSettings: WayOut = { label: 'Open settings', run: () => openDialog('settings') }

/** What the page offers for each kind of failure, the likeliest help first. */
const waysOut: Readonly<Record<FailureKind, readonly WayOut[]>> = {
  offline: [again],
  key: [toSettings, again],
  model: [toSettings, again],
  length: [
    { label: 'Ask without the earlier part', run: () => void retry(true) },
    { label: 'New conversation', run: () => void openConversation(null) },
  ],
  busy: [again],
  input: [again],
  server: [again],
  broken: [again],
  microphone: [again],
}

/** Why there is no answer, and what to do about it. */
export function FailureView({ failure, last }: { readonly failure: FailureInfo; readonly last: boolean }): JSX.Element {
  return (
    <div class="failure" role="alert">
      <p>{failure.message}</p>
      {last && (
        <div class="failure-actions">
          {waysOut[failure.kind].map(({ label, run }) => (
            <button type="button" class="button" key={label} onClick={run}>
              {label === again.label && <Icon name="retry" />}
              {label}
            </button>
          ))}
        </div>
      )}
    </div>
  )
}
