import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import { IconButton } from './icons.tsx'

/** Opens the system's choice of files. */
export function FileButton({
  label,
  accept,
  onFiles,
}: {
  readonly label: string
  /** As in the attribute of an input. */
  readonly accept: string
  readonly onFiles: (files: readonly File[]) => void
}): JSX.Element {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <input
        ref={input}
        id="files"
        type="file"
        accept={accept}
        multiple
        hidden
        onChange={(event) => {
          const { files } = event.currentTarget
          if (files !== null) onFiles([...files])
          event.currentTarget.value = ''
        }}
      />
      <IconButton icon="attach" label={label} onClick={() => input.current?.click()} />
    </>
  )
}
