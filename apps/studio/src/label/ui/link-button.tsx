import { useSignal } from '@preact/signals'
import type { LinkMade } from '@tony/server/protocol'
import type { JSX } from 'preact'
import { addressOf } from '../address.ts'
import { call } from '../wire.ts'
import { attempt } from './load.ts'

/** Makes a link that one person uses once, and shows it. */
export function LinkButton(props: {
  readonly label: string
  /** What the button is about where the label alone does not say it, for those who hear it. */
  readonly name?: string
  /** Who the link is for. */
  readonly whom: string
  /** The page that the link opens. */
  readonly page: 'invite' | 'reset'
  /** Where the server makes it. */
  readonly path: string
  readonly body?: object
  readonly disabled?: boolean
}): JSX.Element {
  const { label, name, whom, page, path, body, disabled = false } = props
  const link = useSignal<{ readonly url: string; readonly until: string } | null>(null)
  const make = (): Promise<boolean> =>
    attempt(async () => {
      const { token, expires_at } = await call<LinkMade>('POST', path, { body })
      const url = new URL(addressOf({ page, token }), document.baseURI).href
      link.value = { url, until: new Date(expires_at).toLocaleDateString() }
    })
  return (
    <div class="one-time-link">
      <button
        type="button"
        class="button"
        aria-label={name === undefined ? undefined : `${label}: ${name}`}
        disabled={disabled}
        onClick={() => void make()}
      >
        {label}
      </button>
      {link.value !== null && !disabled && (
        <label>
          For {whom}, until {link.value.until}
          <input readOnly value={link.value.url} onFocus={(event) => event.currentTarget.select()} />
        </label>
      )}
    </div>
  )
}
