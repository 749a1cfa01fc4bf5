import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { attach } from '../talk/draft.ts'
import { live, show } from '../talk/live.ts'

/** Takes files that are dropped anywhere on the page. */
export function DropZone(): JSX.Element | null {
  const over = useSignal(false)
  useEffect(() => {
    const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true
    const onOver = (event: DragEvent): void => {
      if (!hasFiles(event)) return
      event.preventDefault()
      over.value = true
    }
    const onLeave = (event: DragEvent): void => {
      if (event.relatedTarget === null) over.value = false
    }
    const onDrop = (event: DragEvent): void => {
      if (!hasFiles(event)) return
      event.preventDefault()
      over.value = false
      const files = [...(event.dataTransfer?.files ?? [])]
      void (live.peek() === null ? attach(files) : show(files))
    }
    addEventListener('dragover', onOver)
    addEventListener('dragleave', onLeave)
    addEventListener('drop', onDrop)
    return () => {
      removeEventListener('dragover', onOver)
      removeEventListener('dragleave', onLeave)
      removeEventListener('drop', onDrop)
    }
  }, [])
  return over.value ? (
    <div class="drop" aria-hidden="true">
      <p>{live.value === null ? 'Drop pictures, sounds or films' : 'Drop pictures to show them'}</p>
    </div>
  ) : null
}
