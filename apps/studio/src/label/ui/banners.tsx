/** @file What a labeler has to know while working: a lost connection, time that runs out, what is missing. */
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { Desk } from '../desk.ts'
import type { SaverState } from '../draft-saver.ts'

const states: Readonly<Record<SaverState, string>> = {
  saved: 'Saved',
  saving: 'Saving …',
  kept: 'Kept in this browser',
  refused: 'Not saved',
}

/** Where the draft is. */
export function SaveState({ desk }: { readonly desk: Desk }): JSX.Element | null {
  const state = desk.saving?.value
  return state === undefined ? null : (
    <span class={`save-state save-${state}`} data-state={state}>
      {states[state]}
    </span>
  )
}

/** Everything that needs the labeler's eye, above the item. */
export function Banners({ desk }: { readonly desk: Desk }): JSX.Element {
  const problem = desk.problem.value
  const missing = desk.missing.value
  const lease = desk.lease.state.value
  const waiting = desk.sending.value === 'waiting'
  return (
    <div class="banners">
      {desk.behind.value && (
        <Banner text="The connection is lost. A label that you made before is kept in this browser. When the connection is back it is sent, and you go on with the next item." />
      )}
      {!waiting && desk.saving?.value === 'kept' && (
        <Banner text="The connection is lost. Go on: everything is kept in this browser and sent when it is back." />
      )}
      {waiting && (
        <Banner
          text="The connection is lost. Your label is kept in this browser and sent when it is back, even if you close this page and open it later."
          actions={[{ label: 'Go on editing', run: () => desk.takeBack() }]}
        />
      )}
      {!waiting && lease === 'ending' && (
        <Banner
          text="The time for this item is nearly over. Do anything here to keep it."
          actions={[{ label: 'Keep it', run: () => desk.change({}) }]}
        />
      )}
      {!waiting && lease === 'over' && problem === null && (
        <Banner
          text="The time for this item ran out, so it may go to someone else. Your work is kept, and you can still submit it while the place is free."
          actions={[{ label: 'Take it up again', run: () => void desk.next() }]}
        />
      )}
      {missing !== null && <Banner text={missing.text} />}
      {problem !== null && <Banner text={problem.text} actions={problem.actions} focus />}
    </div>
  )
}

/** Says that an item belongs to the test. */
export function TestNote({ desk }: { readonly desk: Desk }): JSX.Element | null {
  const test = desk.project.value?.membership?.screening === 'pending'
  if (!test || desk.assignment.value === null || (desk.own.value?.screening.total ?? 0) === 0) return null
  return (
    <div class="test-note">
      <p class="banner">
        This is a test: your answers are compared with expected ones. They cannot be skipped or taken back.
      </p>
    </div>
  )
}

interface Action {
  readonly label: string
  readonly run: () => void
}

function Banner(props: {
  readonly text: string
  readonly actions?: readonly Action[]
  /** Goes to the first thing that can be done: without it nothing goes on. */
  readonly focus?: boolean
}): JSX.Element {
  const { text, actions = [], focus = false } = props
  const first = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (focus) first.current?.focus()
  }, [text])
  return (
    <div class="banner banner-problem" role="alert">
      <p>{text}</p>
      {actions.map(({ label, run }, i) => (
        <button key={label} ref={i === 0 ? first : null} type="button" class="button" onClick={run}>
          {label}
        </button>
      ))}
    </div>
  )
}
