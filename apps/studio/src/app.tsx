import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { live } from './talk/live.ts'
import { drawerOpen } from './talk/navigation.ts'
import { announcement } from './talk/notices.ts'
import { Composer } from './ui/composer.tsx'
import { ConversationView } from './ui/conversation-view.tsx'
import { DropZone } from './ui/drop-zone.tsx'
import { Header } from './ui/header.tsx'
import { Lightbox } from './ui/lightbox.tsx'
import { LiveDock } from './ui/live-dock.tsx'
import { NoticeBar } from './ui/notice-bar.tsx'
import { SettingsDialog } from './ui/settings-dialog.tsx'
import { listenForShortcuts } from './ui/shortcuts.ts'
import { ShortcutsDialog } from './ui/shortcuts-dialog.tsx'
import { Sidebar } from './ui/sidebar.tsx'

/** The whole page. */
export function App(): JSX.Element {
  useEffect(listenForShortcuts, [])
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('message')?.focus()}>
        Skip to the message box
      </button>
      <div class="shell">
        <Sidebar />
        <main class="main" inert={drawerOpen.value}>
          <Header />
          <ConversationView />
          <div class="dock">{live.value === null ? <Composer /> : <LiveDock state={live.value} />}</div>
        </main>
      </div>
      <DropZone />
      <NoticeBar />
      <SettingsDialog />
      <ShortcutsDialog />
      <Lightbox />
      <div class="sr-only" role="status" aria-live="polite">
        {announcement}
      </div>
    </>
  )
}
