/** @file Dragging cards between slots with the mouse or a finger. */

/** How far a pointer moves before it drags; less is a click. */
const THRESHOLD = 6
/** How near to the edge of the window the page scrolls along. */
const EDGE = 60

/** What a drag does. */
export interface Drag {
  /** Which element moves. */
  readonly card: HTMLElement
  /** Told which slot the card is over. */
  readonly onOver: (slot: string | null) => void
  readonly onDrop: (slot: string) => void
}

/** Begins a drag; slots are elements with `data-slot`. */
export function startDrag(event: PointerEvent, { card, onOver, onDrop }: Drag): void {
  if (event.button !== 0) return
  const handle = event.currentTarget as HTMLElement
  const from = { x: event.clientX, y: event.clientY }
  const scroller = card.closest<HTMLElement>('.label-page')
  const startScroll = scroller?.scrollTop ?? 0
  let dragging = false
  const move = (now: PointerEvent): void => {
    const [dx, dy] = [now.clientX - from.x, now.clientY - from.y]
    if (!dragging && Math.hypot(dx, dy) < THRESHOLD) return
    if (!dragging) {
      dragging = true
      handle.setPointerCapture(now.pointerId)
      card.classList.add('dragged')
    }
    if (now.clientY < EDGE) scroller?.scrollBy(0, -14)
    if (now.clientY > innerHeight - EDGE) scroller?.scrollBy(0, 14)
    const scrolled = (scroller?.scrollTop ?? 0) - startScroll
    card.style.translate = `${dx}px ${dy + scrolled}px`
    onOver(slotAt(now))
  }
  const end = (now: PointerEvent): void => {
    for (const [name, listener] of listeners) handle.removeEventListener(name, listener)
    card.classList.remove('dragged')
    card.style.translate = ''
    onOver(null)
    const slot = dragging && now.type === 'pointerup' ? slotAt(now) : null
    if (slot !== null) onDrop(slot)
  }
  const listeners = [
    ['pointermove', move],
    ['pointerup', end],
    ['pointercancel', end],
  ] as const
  for (const [name, listener] of listeners) handle.addEventListener(name, listener)
}

function slotAt({ clientX, clientY }: PointerEvent): string | null {
  for (const element of document.elementsFromPoint(clientX, clientY)) {
    const slot = element.closest<HTMLElement>('[data-slot]')?.dataset['slot']
    if (slot !== undefined && element.closest('.dragged') === null) return slot
  }
  return null
}
