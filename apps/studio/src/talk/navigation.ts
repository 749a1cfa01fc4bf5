/** @file Moving between conversations; the address remembers which one is open. */
import { effect, type Signal, signal } from '@preact/signals'
import { conversations } from '../store/conversations.ts'
import { download, exportConversation, fileName } from '../store/export.ts'
import { hush } from './answer.ts'
import { stopLive } from './live.ts'
import { notify } from './notices.ts'
import { cancelRecording } from './recorder.ts'

/** Whether the list is open where it covers the page (phones). */
export const drawerOpen: Signal<boolean> = signal(false)

/** Closes the list and goes back to the button that opened it. */
export function closeDrawer(): void {
  drawerOpen.value = false
  requestAnimationFrame(() => document.getElementById('open-list')?.focus())
}

/** The dialogs. */
export type DialogName = 'settings' | 'shortcuts'

/** Which dialog is open. */
export const dialog: Signal<DialogName | null> = signal(null)

/** Opens a dialog. */
export function openDialog(name: DialogName): void {
  drawerOpen.value = false
  dialog.value = name
}

/** Notes that a dialog was closed; browsers say so late, when another may be open already. */
export function closeDialog(name: DialogName): void {
  if (dialog.value === name) dialog.value = null
}

/** Opens a conversation, or a new one. */
export async function openConversation(id: string | null): Promise<void> {
  cancelRecording()
  stopLive()
  hush()
  drawerOpen.value = false
  await conversations.open(id)
  document.getElementById('message')?.focus()
}

/** Deletes a conversation, with a way back. */
export async function deleteConversation(id: string): Promise<void> {
  if (id === conversations.current.value) {
    cancelRecording()
    stopLive()
    hush()
  }
  const deleted = await conversations.delete(id)
  if (deleted === undefined) return
  notify(`“${deleted.conversation.title}” was deleted.`, {
    action: { label: 'Undo', run: () => void conversations.restore(deleted) },
  })
}

/** Hands the open conversation to the user as a file. */
export async function downloadConversation(): Promise<void> {
  const conversation = conversations.list.value.find(({ id }) => id === conversations.current.value)
  if (conversation === undefined) return
  const content = await exportConversation(conversation, conversations.turns.value)
  download(
    new Blob([JSON.stringify(content, null, 2)], { type: 'application/json' }),
    fileName(conversation.title, 'json'),
  )
}

/** Keeps the address and the open conversation the same; call once, after the list is loaded. */
export async function followAddress(): Promise<void> {
  const named = (): string | null => /^#c=(.+)$/.exec(location.hash)?.[1] ?? null
  await conversations.open(named())
  addEventListener('hashchange', () => {
    if (named() !== conversations.current.value) void openConversation(named())
  })
  effect(() => {
    const id = conversations.current.value
    const hash = id === null ? '' : `#c=${id}`
    if (location.hash !== hash) history.pushState(null, '', hash === '' ? location.pathname + location.search : hash)
  })
}
