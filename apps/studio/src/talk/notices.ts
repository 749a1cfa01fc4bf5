/** @file Short messages at the edge of the page, and those that only screen readers hear. */
import { type Signal, signal } from '@preact/signals'

/** A short message. */
export interface Notice {
  readonly text: string
  readonly tone: 'plain' | 'problem'
  readonly action?: { readonly label: string; readonly run: () => void }
}

/** The message that is shown. */
export const notice: Signal<Notice | null> = signal(null)

/** What screen readers say next. */
export const announcement: Signal<string> = signal('')

let timer = 0

/** Shows a message for a while; a later one replaces it. */
export function notify(text: string, options: Omit<Partial<Notice>, 'text'> = {}): void {
  clearTimeout(timer)
  notice.value = { tone: 'plain', ...options, text }
  timer = window.setTimeout(dismiss, 8000)
}

/** Takes the message away. */
export function dismiss(): void {
  notice.value = null
}

/** Has screen readers say something, politely. */
export function announce(text: string): void {
  announcement.value = text
}
