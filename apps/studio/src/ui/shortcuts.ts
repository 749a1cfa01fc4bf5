/** @file Keys that work anywhere on the page. */
import { choose, settings } from '../store/settings.ts'
import { answering, hush, retry } from '../talk/answer.ts'
import { live, startLive, stopLive, toggleMute } from '../talk/live.ts'
import { closeDrawer, drawerOpen, openConversation, openDialog } from '../talk/navigation.ts'
import { announce, dismiss, notice } from '../talk/notices.ts'
import { cancelRecording, letGo, recording, sendRecording, startRecording } from '../talk/recorder.ts'
import { toggleTheme } from './sidebar.tsx'

/** One shortcut. Letters work outside text fields only and can be turned off. */
export interface Shortcut {
  readonly key: string
  readonly shown: string
  readonly does: string
  readonly run?: () => void
}

/** All shortcuts, in the order of the list. Those without `run` belong to the text box or are handled below. */
export const shortcuts: readonly Shortcut[] = [
  { key: 'Enter', shown: 'Enter', does: 'Send the message' },
  { key: 'Shift+Enter', shown: 'Shift Enter', does: 'New line' },
  { key: 'Escape', shown: 'Esc', does: 'Stop the answer, the sound, the recording or the live conversation' },
  { key: '/', shown: '/', does: 'Go to the message box', run: () => document.getElementById('message')?.focus() },
  {
    key: 'm',
    shown: 'hold M',
    does: 'Talk; let go to send. A tap starts, the next sends. In a live conversation: microphone off and on',
    run: talk,
  },
  {
    key: 'v',
    shown: 'V',
    does: 'Live conversation',
    run: () => (live.value === null ? void startLive() : void stopLive()),
  },
  { key: 's', shown: 'S', does: 'Answers with or without speech', run: toggleSpeech },
  { key: 'a', shown: 'A', does: 'Add a file', run: () => document.getElementById('files')?.click() },
  { key: 'r', shown: 'R', does: 'Answer again', run: () => void retry() },
  { key: 'n', shown: 'N', does: 'New conversation', run: () => void openConversation(null) },
  { key: 'd', shown: 'D', does: 'Dark or light', run: toggleTheme },
  { key: ',', shown: ',', does: 'Settings', run: () => openDialog('settings') },
  { key: '?', shown: '?', does: 'This list', run: () => openDialog('shortcuts') },
]

/** Listens until the returned function is called. */
export function listenForShortcuts(): () => void {
  addEventListener('keydown', onKeyDown)
  addEventListener('keyup', onKeyUp)
  return () => {
    removeEventListener('keydown', onKeyDown)
    removeEventListener('keyup', onKeyUp)
  }
}

let holding = false

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return
  if (document.querySelector('dialog[open]') !== null) return
  if (event.key === 'Escape') {
    stopSomething()
    return
  }
  if (inTextField(event.target) || !settings.value.letterKeys) return
  const shortcut = shortcuts.find(({ key }) => key === event.key.toLowerCase())
  if (shortcut?.run === undefined) return
  event.preventDefault()
  shortcut.run()
}

function onKeyUp(event: KeyboardEvent): void {
  if (!holding || event.key.toLowerCase() !== 'm') return
  holding = false
  letGo()
}

/** The nearest thing that is going on. */
function stopSomething(): void {
  if (drawerOpen.value) closeDrawer()
  else if (!cancelRecording() && !stopLive() && !hush() && notice.value !== null) dismiss()
}

function talk(): void {
  if (live.value !== null) {
    toggleMute()
  } else if (recording.value !== null) {
    void sendRecording()
  } else if (answering.value === null) {
    holding = true
    void startRecording()
  }
}

function toggleSpeech(): void {
  choose({ speech: !settings.value.speech })
  announce(settings.value.speech ? 'Answers with text and speech' : 'Answers with text')
}

function inTextField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  const typing = target instanceof HTMLInputElement && !['radio', 'checkbox', 'range'].includes(target.type)
  return (
    typing || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable
  )
}
