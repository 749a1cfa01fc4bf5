import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { memo } from 'preact/compat'
import { type Part, type Turn, turnText } from '../store/types.ts'
import { retry } from '../talk/answer.ts'
import { notify } from '../talk/notices.ts'
import { AudioClip } from './audio-clip.tsx'
import { FailureView } from './failure-view.tsx'
import { IconButton, Mark } from './icons.tsx'
import { Film, Picture } from './media-views.tsx'

/** One turn. */
export const TurnView: (props: { readonly turn: Turn; readonly last: boolean }) => JSX.Element = memo(
  ({ turn, last }) => {
    const mine = turn.role === 'user'
    const waiting = turn.status === 'streaming' && turn.parts.length === 0
    return (
      <li class={`turn ${mine ? 'turn-user' : 'turn-tony'}`} aria-busy={turn.status === 'streaming'}>
        <span class="sr-only">{mine ? 'You said:' : 'Tony said:'}</span>
        {!mine && <Mark />}
        <div class="turn-body">
          {waiting && (
            <div class="waiting" role="img" aria-label="Tony is thinking">
              <i />
              <i />
              <i />
            </div>
          )}
          {turn.parts.map((part, i) => (
            <PartView key={`${part.kind}${i}`} part={part} turn={turn} clip={mine ? `${turn.id}:${i}` : turn.id} />
          ))}
          {turn.failure !== undefined && <FailureView failure={turn.failure} last={last} />}
          {!mine && turn.status !== 'streaming' && turn.failure === undefined && <Foot turn={turn} last={last} />}
        </div>
      </li>
    )
  },
)

function PartView({
  part,
  turn,
  clip,
}: {
  readonly part: Part
  readonly turn: Turn
  readonly clip: string
}): JSX.Element {
  const streaming = turn.status === 'streaming'
  switch (part.kind) {
    case 'text':
      return <p class={streaming ? 'words growing' : 'words'}>{part.text}</p>
    case 'audio':
      return (
        <>
          {part.transcript !== '' && <p class={streaming ? 'words growing' : 'words'}>{part.transcript.trim()}</p>}
          {part.samples.length > 0 && <AudioClip id={clip} part={part} streaming={streaming} />}
        </>
      )
    case 'image':
      return <Picture part={part} drawn={turn.role === 'assistant'} />
    case 'video':
      return <Film part={part} />
  }
}

const endings = { stopped: 'Stopped', interrupted: 'Interrupted' } as const

function Foot({ turn, last }: { readonly turn: Turn; readonly last: boolean }): JSX.Element {
  const copied = useSignal(false)
  const text = turnText(turn)
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text)
      copied.value = true
      setTimeout(() => (copied.value = false), 1600)
    } catch {
      notify('The browser did not allow copying.', { tone: 'problem' })
    }
  }
  const remarks = [
    turn.status === 'stopped' || turn.status === 'interrupted' ? endings[turn.status] : '',
    turn.cut === true ? 'Reached its longest length' : '',
    turn.firstMs === undefined ? '' : `began after ${formatMs(turn.firstMs)}`,
  ].filter((remark) => remark !== '')
  return (
    <div class="foot">
      {text !== '' && (
        <IconButton
          icon={copied.value ? 'check' : 'copy'}
          label={copied.value ? 'Copied' : 'Copy the words'}
          onClick={() => void copy()}
        />
      )}
      {last && <IconButton icon="retry" label="Answer again" onClick={() => void retry()} />}
      {turn.parts.length === 0 && turn.status === 'done' && <span>Tony said nothing.</span>}
      {remarks.length > 0 && <span>{remarks.join(' · ')}</span>}
    </div>
  )
}

function formatMs(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`
}
