/** @file What the user is about to send. */
import { type Signal, signal } from '@preact/signals'
import { readFile } from '../media/read-file.ts'
import type { Part } from '../store/types.ts'
import { failureInfo } from '../wire/failure.ts'
import { announce, notify } from './notices.ts'

/** A file on its way into a message. */
export interface Attachment {
  readonly id: string
  readonly part: Part
}

/** The text in the box. */
export const draftText: Signal<string> = signal('')

/** The files beside it. */
export const attachments: Signal<readonly Attachment[]> = signal([])

/** Files that are being read. */
export const reading: Signal<number> = signal(0)

/** Adds files to the message. */
export async function attach(files: Iterable<File>): Promise<void> {
  for (const file of files) {
    reading.value++
    try {
      const part = await readFile(file)
      attachments.value = [...attachments.value, { id: crypto.randomUUID(), part }]
      announce(`${file.name} attached`)
    } catch (error) {
      notify(failureInfo(error).message, { tone: 'problem' })
    } finally {
      reading.value--
    }
  }
}

/** Takes a file out of the message. */
export function detach(id: string): void {
  attachments.value = attachments.value.filter((attachment) => attachment.id !== id)
}

/** The message so far, files first; the draft is empty afterwards. */
export function takeDraft(): Part[] {
  const parts: Part[] = attachments.value.map((attachment) => attachment.part)
  const text = draftText.value.trim()
  if (text !== '') parts.push({ kind: 'text', text })
  attachments.value = []
  draftText.value = ''
  return parts
}
