import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { conversations } from '../store/conversations.ts'
import { answering } from '../talk/answer.ts'
import { Icon } from './icons.tsx'
import { TurnView } from './turn-view.tsx'
import { Welcome } from './welcome.tsx'

/** The turns; keeps to the end while it grows, unless the user has scrolled up. */
export function ConversationView(): JSX.Element {
  const scroller = useRef<HTMLElement>(null)
  const atEnd = useSignal(true)
  const turns = conversations.turns.value
  const id = conversations.current.value
  // Until an answer is kept in the database it cannot be made again.
  const busy = answering.value !== null
  const toEnd = (): void => {
    const element = scroller.current
    if (element !== null && conversations.turns.peek().length > 0) element.scrollTop = element.scrollHeight
  }
  useEffect(() => {
    atEnd.value = true
    toEnd()
    // Pictures and players change the height after they were drawn.
    const content = scroller.current?.firstElementChild
    const observer = new ResizeObserver(() => {
      if (atEnd.peek()) toEnd()
    })
    if (scroller.current !== null) observer.observe(scroller.current)
    if (content != null) observer.observe(content)
    return () => observer.disconnect()
  }, [id, turns.length === 0])
  useLayoutEffect(() => {
    if (turns.at(-1)?.role === 'user') atEnd.value = true
    if (atEnd.peek()) toEnd()
  }, [turns])
  return (
    <section
      class="scroller"
      ref={scroller}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
      tabIndex={0}
      aria-label="Conversation"
      onScroll={(event) => {
        const { scrollTop, scrollHeight, clientHeight } = event.currentTarget
        atEnd.value = scrollHeight - scrollTop - clientHeight < 60
      }}
    >
      {turns.length === 0 ? (
        <Welcome />
      ) : (
        <ol class="turns">
          {turns.map((turn, i) => (
            <TurnView key={turn.id} turn={turn} last={i === turns.length - 1 && !busy} />
          ))}
        </ol>
      )}
      {!atEnd.value && (
        <button type="button" class="to-end" onClick={toEnd}>
          <Icon name="down" />
          Latest
        </button>
      )}
    </section>
  )
}
