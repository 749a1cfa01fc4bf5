import type { JSX } from 'preact'
import { closeDialog, dialog } from '../talk/navigation.ts'
import { KeyList } from './key-list.tsx'
import { Modal } from './modal.tsx'
import { shortcuts } from './shortcuts.ts'

/** The list of shortcuts. */
export function ShortcutsDialog(): JSX.Element | null {
  if (dialog.value !== 'shortcuts') return null
  return (
    <Modal title="Keyboard shortcuts" onClose={() => closeDialog('shortcuts')}>
      <KeyList keys={shortcuts} />
      <p class="dialog-note">Single keys work outside text fields. The settings turn them off.</p>
    </Modal>
  )
}
