import { type Signal, signal, useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { Modal } from '../../ui/modal.tsx'

/** The picture that is shown large. */
export const zoomedPicture: Signal<{ readonly url: string; readonly name: string } | null> = signal(null)

const STEPS = [1, 1.5, 2, 3, 4, 6, 8] as const

/** A picture over the page, as large as one likes. */
export function ZoomDialog(): JSX.Element | null {
  const picture = zoomedPicture.value
  return picture === null ? null : <Zoomed {...picture} />
}

function Zoomed({ url, name }: { readonly url: string; readonly name: string }): JSX.Element {
  const step = useSignal(0)
  const move = (by: number): void => {
    step.value = Math.min(Math.max(step.value + by, 0), STEPS.length - 1)
  }
  return (
    <Modal
      title={name}
      class="zoom"
      onClose={() => {
        zoomedPicture.value = null
      }}
      extra={
        <span class="zoom-steps">
          <button
            type="button"
            class="button"
            aria-label="Smaller"
            disabled={step.value === 0}
            onClick={() => move(-1)}
          >
            −
          </button>
          <output>{STEPS[step.value]}×</output>
          <button
            type="button"
            class="button"
            aria-label="Larger"
            disabled={step.value === STEPS.length - 1}
            onClick={() => move(1)}
          >
            +
          </button>
        </span>
      }
    >
      <section
        class="zoom-frame"
        aria-label={`${name}, ${STEPS[step.value]} times as large; + and − change that`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by keyboard.
        tabIndex={0}
        onKeyDown={(event) => {
          if (event.key === '+' || event.key === '=') move(1)
          if (event.key === '-') move(-1)
        }}
        onWheel={(event) => {
          if (!event.ctrlKey) return
          event.preventDefault()
          move(event.deltaY < 0 ? 1 : -1)
        }}
      >
        <img src={url} alt={name} style={{ width: `${100 * (STEPS[step.value] ?? 1)}%` }} />
      </section>
    </Modal>
  )
}
