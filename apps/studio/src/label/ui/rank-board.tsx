import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { announce } from '../../talk/notices.ts'
import type { Piece, Rating } from '../answer.ts'
import { count } from '../figures.ts'
import { type Key, useKeys } from '../keys.ts'
import { inOrder, letter, nudge, place, type Slots, tieWithAbove, unranked } from '../ranking.ts'
import { toggleSound } from '../sound.ts'
import { startDrag } from './drag.ts'
import { firstFile, type MediaAddress, Pieces } from './pieces.tsx'
import { zoomedPicture } from './zoom.tsx'

/** What the board shows and changes. */
export interface BoardProps {
  readonly outputs: readonly { readonly content: readonly Piece[] }[]
  readonly slots: Slots
  readonly restTied: boolean
  readonly ratings: readonly Rating[]
  readonly media: MediaAddress
  readonly disabled: boolean
  /** The card to go to; null leaves the focus where it is. */
  readonly focus: number | null
  readonly onChange: (change: { readonly slots?: Slots; readonly restTied?: boolean }) => void
}

/** Slots from best to worst, each with any number of answers. */
export function RankBoard(props: BoardProps): JSX.Element {
  const { outputs, slots, restTied, disabled, onChange } = props
  const over = useSignal<string | null>(null)
  const toFocus = useRef<number | null>(null)
  const board = useRef<HTMLDivElement>(null)
  const numbers = outputs.map((_, i) => i + 1)
  const waiting = unranked(slots)
  const focusCard = (output: number): void =>
    board.current?.querySelector<HTMLElement>(`[data-card="${output}"]`)?.focus()
  // A card that moves is made anew in its slot, so the focus has to follow it.
  useEffect(() => {
    if (toFocus.current === null) return
    focusCard(toFocus.current)
    toFocus.current = null
  })
  useEffect(() => {
    if (props.focus !== null) focusCard(props.focus)
  }, [props.focus])

  const set = (next: Slots, output: number): void => {
    if (disabled || next === slots) return
    const left = unranked(next)
    // Whoever has just placed an answer for the first time goes on to the next that has no place.
    toFocus.current = slots[output] === null ? (left.find((each) => each > output) ?? left[0] ?? output) : output
    onChange({ slots: next })
    const where = next[output] === null ? 'has no slot' : `in slot ${next[output]}`
    announce(`${letter(output)} ${where}. ${count(left.length, 'answer')} without a slot.`)
  }
  useKeys(boardKeys(props, { set, focusCard }))
  const card = (output: number): JSX.Element => (
    <Card
      key={output}
      {...props}
      output={output}
      onSlot={(slot) => set(place(slots, output, slot), output)}
      onOver={(slot) => (over.value = slot)}
    />
  )
  return (
    <div class={waiting.length === 0 ? 'board all-placed' : 'board'} ref={board}>
      <section
        class={over.value === 'none' ? 'tray over' : 'tray'}
        data-slot="none"
        aria-label={`Without a slot: ${count(waiting.length, 'answer')}`}
      >
        <h3>
          <span class="unranked-count">{waiting.length}</span> without a slot
        </h3>
        {waiting.length > 0 && (
          <label class="check">
            <input
              type="checkbox"
              checked={restTied}
              disabled={disabled}
              onChange={(event) => onChange({ restTied: event.currentTarget.checked })}
            />
            Rest tied last
          </label>
        )}
        <div class="cards">{waiting.map(card)}</div>
      </section>
      <ol class="slots" aria-label="Slots, best first">
        {numbers.map((slot) => {
          const inside = inOrder(slots).filter((output) => slots[output] === slot)
          return (
            <li
              key={slot}
              class={over.value === String(slot) ? 'slot over' : 'slot'}
              data-slot={slot}
              aria-label={`Slot ${slot}: ${inside.length === 0 ? 'empty' : inside.map(letter).join(' tied with ')}`}
            >
              <span class="slot-number" aria-hidden="true">
                {slot}
              </span>
              <div class="cards">
                {inside.map(card)}
                {inside.length === 0 && (
                  <span class="slot-hint">{slot === 1 ? 'Best' : slot === outputs.length ? 'Worst' : ''}</span>
                )}
              </div>
            </li>
          )
        })}
      </ol>
    </div>
  )
}

interface Acts {
  readonly set: (slots: Slots, output: number) => void
  readonly focusCard: (output: number) => void
}

function boardKeys(props: BoardProps, { set, focusCard }: Acts): Key[] {
  const { outputs, slots, restTied, media, disabled, onChange } = props
  const focused = (): number | undefined => {
    const found = document.activeElement?.closest<HTMLElement>('[data-card]')?.dataset['card']
    return found === undefined ? undefined : Number(found)
  }
  const withFocused = (act: (output: number) => void): void => {
    const output = focused()
    if (output === undefined) focusCard(unranked(slots)[0] ?? inOrder(slots)[0] ?? 0)
    else act(output)
  }
  const step = (by: number): void => {
    const order = inOrder(slots)
    // The tray stands before the slots.
    const shown = [...unranked(slots), ...order.filter((each) => slots[each] !== null)]
    const at = shown.indexOf(focused() ?? -1)
    focusCard(shown[at < 0 ? 0 : Math.min(Math.max(at + by, 0), shown.length - 1)] ?? 0)
  }
  const play = (output: number): void => {
    const url = outputs[output] === undefined ? undefined : firstFile(outputs[output].content, 'audio', media)
    if (url !== undefined) toggleSound(url)
  }
  const reading: Key[] = [
    { chords: ['j', 'ArrowDown', 'ArrowRight'], shown: 'J ↓', does: 'Next answer', run: () => step(1) },
    { chords: ['k', 'ArrowUp', 'ArrowLeft'], shown: 'K ↑', does: 'Answer before', run: () => step(-1) },
    { chords: [' '], shown: 'Space', does: 'Play or pause this answer', run: () => withFocused(play) },
    {
      chords: outputs.map((_, i) => `Shift+${i + 1}`),
      shown: `Shift 1 … ${outputs.length}`,
      does: `Play answer A … ${letter(outputs.length - 1)}`,
      fixed: true,
      run: (chord) => play(Number(chord.at(-1)) - 1),
    },
    {
      chords: ['z'],
      shown: 'Z',
      does: 'Show its picture large',
      run: () =>
        withFocused((output) => {
          const url = firstFile(outputs[output]?.content ?? [], 'image', media)
          if (url !== undefined) zoomedPicture.value = { url, name: `Picture of answer ${letter(output)}` }
        }),
    },
  ]
  if (disabled) return reading
  return [
    ...reading,
    {
      chords: outputs.map((_, i) => String(i + 1)),
      shown: `1 … ${outputs.length}`,
      does: 'Put this answer into a slot',
      fixed: true,
      run: (chord) => withFocused((output) => set(place(slots, output, Number(chord)), output)),
    },
    {
      chords: ['t', '='],
      shown: 'T',
      does: 'Tie this answer with the one above',
      run: () => withFocused((output) => set(tieWithAbove(slots, output), output)),
    },
    {
      chords: ['Shift+ArrowUp', 'Shift+ArrowDown'],
      shown: 'Shift ↑ ↓',
      does: 'Move this answer one slot',
      fixed: true,
      run: (chord) => withFocused((output) => set(nudge(slots, output, chord.endsWith('Up') ? -1 : 1), output)),
    },
    {
      chords: ['0', 'Backspace'],
      shown: '0 ⌫',
      does: 'Take this answer out of its slot',
      run: () => withFocused((output) => set(place(slots, output, null), output)),
    },
    { chords: ['r'], shown: 'R', does: 'Rest tied last', run: () => onChange({ restTied: !restTied }) },
  ]
}

function Card(
  props: BoardProps & {
    readonly output: number
    readonly onSlot: (slot: number | null) => void
    readonly onOver: (slot: string | null) => void
  },
): JSX.Element {
  const { output, outputs, slots, ratings, media, disabled, onSlot, onOver } = props
  const card = useRef<HTMLElement>(null)
  const open = useSignal(false)
  const overflows = useSignal(false)
  const pieces = useRef<HTMLDivElement>(null)
  const measure = (): void => {
    const { scrollHeight = 0, clientHeight = 0 } = pieces.current ?? {}
    overflows.value = scrollHeight > clientHeight + 1
  }
  useEffect(measure, [])
  const name = `answer ${letter(output)}`
  const overall = ratings[output]?.overall ?? null
  const slot = slots[output] ?? null
  return (
    <article
      ref={card}
      class={open.value ? 'card open' : 'card'}
      data-card={output}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the keys above act on the card that has the focus.
      tabIndex={0}
      aria-label={`Answer ${letter(output)}, ${slot === null ? 'without a slot' : `slot ${slot}`}`}
    >
      <header
        class="card-head"
        onPointerDown={(event) => {
          if (disabled || card.current === null || (event.target as Element).closest('button') !== null) return
          startDrag(event, { card: card.current, onOver, onDrop: (to) => onSlot(to === 'none' ? null : Number(to)) })
        }}
      >
        <b class="card-letter">{letter(output)}</b>
        {overall !== null && <span class="muted">rated {overall}</span>}
        {(overflows.value || open.value) && (
          <button type="button" class="card-more" aria-expanded={open.value} onClick={() => (open.value = !open.value)}>
            {open.value ? 'Less' : 'More'}
          </button>
        )}
      </header>
      {/* Pictures have their height only once they are there; load events do not bubble. */}
      <div class="pieces" ref={pieces} onLoadCapture={measure}>
        <Pieces content={outputs[output]?.content ?? []} media={media} name={name} />
      </div>
      <fieldset class="card-slots" aria-label={`Slot of ${name}`} disabled={disabled}>
        {outputs.map((_, i) => (
          <button
            key={letter(i)}
            type="button"
            aria-pressed={slot === i + 1}
            aria-label={`Put ${name} into slot ${i + 1}`}
            onClick={() => onSlot(slot === i + 1 ? null : i + 1)}
          >
            {i + 1}
          </button>
        ))}
      </fieldset>
    </article>
  )
}
