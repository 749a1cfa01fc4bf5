/** @file Keys of the labeling pages: each view names its own, and the sheet of keys shows those that work now. */
import { type Signal, signal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { choose, settings } from '../store/settings.ts'

/** A key and what it does. */
export interface Key {
  /** As {@link chordOf} names them; several do the same. */
  readonly chords: readonly string[]
  readonly shown: string
  readonly does: string
  readonly run: (chord: string) => void
  /** Works while one writes, too. */
  readonly whileWriting?: boolean
  /** Its chords mean different things, such as the seven grades: people cannot choose another. */
  readonly fixed?: true
}

/** The chords of a key: the one that the user chose for what it does, else its own. */
export function chordsFor({ does, chords }: Pick<Key, 'does' | 'chords'>): readonly string[] {
  const chosen = settings.value.keys[does]
  return chosen === undefined ? chords : [chosen]
}

/** A key as the sheet shows it. */
export function shownAs({ does, shown }: Pick<Key, 'does' | 'shown'>): string {
  const chosen = settings.value.keys[does]
  return chosen === undefined ? shown : chosen === ' ' ? 'Space' : chosen.replace('+', ' ').toUpperCase()
}

/**
 * Gives what a key does another chord, kept in this browser.
 *
 * @returns why not: what the chord does already in an open view, or null.
 */
export function chooseChord(key: Key, chord: string): string | null {
  const taken = openKeys.value.flat().find((other) => other.does !== key.does && chordsFor(other).includes(chord))
  if (taken !== undefined) return `That key is taken: ${taken.does}.`
  choose({ keys: { ...settings.value.keys, [key.does]: chord } })
  return null
}

/** The keys of all views that are open, newest first. */
export const openKeys: Signal<readonly (readonly Key[])[]> = signal([])

/** Makes keys work while a component is there. */
export function useKeys(keys: readonly Key[]): void {
  const current = useRef(keys)
  current.current = keys
  // Not after the next paint: who types fast has pressed the first key of a view by then.
  useLayoutEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => onKey(event, current.current)
    const shown = current.current
    openKeys.value = [shown, ...openKeys.peek()]
    addEventListener('keydown', onKeyDown)
    return () => {
      removeEventListener('keydown', onKeyDown)
      openKeys.value = openKeys.peek().filter((each) => each !== shown)
    }
  }, [])
}

/** The name of what was pressed: `Shift+1` whatever the keyboard prints on it, `Ctrl+Enter` also for Command. */
export function chordOf(
  event: Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>,
): string | undefined {
  if (event.altKey) return undefined
  const digit = /^Digit(\d)$/.exec(event.code)?.[1]
  if (event.shiftKey && digit !== undefined) return `Shift+${digit}`
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
  if (event.ctrlKey || event.metaKey) return `Ctrl+${key}`
  return event.shiftKey && event.key.startsWith('Arrow') ? `Shift+${key}` : key
}

function onKey(event: KeyboardEvent, keys: readonly Key[]): void {
  const chord = chordOf(event)
  if (chord === undefined || event.defaultPrevented || document.querySelector('dialog[open]') !== null) return
  const key = keys.find((each) => chordsFor(each).includes(chord))
  if (key === undefined) return
  const { target } = event
  if (isWriting(target) && key.whileWriting !== true) return
  // Buttons and links have these two keys themselves.
  if ((chord === 'Enter' || chord === ' ') && target instanceof Element && target.closest('button, a, summary')) return
  if (target instanceof HTMLInputElement && target.type === 'range' && chord.startsWith('Arrow')) return
  if (/^[a-z]$/.test(chord) && !settings.value.letterKeys) return
  event.preventDefault()
  key.run(chord)
}

function isWriting(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) return !['radio', 'checkbox', 'range'].includes(target.type)
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement
}
