import type { JSX } from 'preact'

/** Tells password managers whose password a form is about; people read it elsewhere. */
export function WhosePassword({ name }: { readonly name: string | undefined }): JSX.Element {
  return (
    <input class="sr-only" name="name" autoComplete="username" tabIndex={-1} aria-hidden="true" readOnly value={name} />
  )
}
