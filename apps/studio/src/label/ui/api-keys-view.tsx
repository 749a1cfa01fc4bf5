import { useSignal } from '@preact/signals'
import type { KeyList, KeyMade, KeyObject } from '@tony/server/protocol'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { announce, notify } from '../../talk/notices.ts'
import { count } from '../figures.ts'
import { call } from '../wire.ts'
import { ConfirmButton } from './confirm-button.tsx'
import { Frame } from './frame.tsx'
import { attempt, useLoaded } from './load.ts'
import { Problem } from './problem.tsx'

/** The keys of the API, and which have consented that the prompts that come through them are kept. */
export function ApiKeysView(): JSX.Element {
  const { value, problem, again } = useLoaded(() => call<KeyList>('GET', 'keys'), 'keys')
  const found = value.value
  const alive = found?.keys.filter(({ revoked_at }) => revoked_at === null) ?? []
  const revoked = found?.keys.filter(({ revoked_at }) => revoked_at !== null) ?? []
  return (
    <Frame title="API keys">
      <main class="column">
        <Problem text={problem.value} />
        {found !== null && (
          <>
            <NewKey onMade={again} />
            <section class="part" aria-label="Keys">
              <h2>Keys</h2>
              <p class="muted">
                {found.required
                  ? 'Requests to /v1 need one of these keys. '
                  : 'This server was started without keys: every program on this machine may use it, and a key only tells whose prompts are whose. '}
                Prompts of keys that consent are kept without the personal data that is recognised in them.
              </p>
              <table>
                <thead>
                  <tr>
                    <th scope="col">Name</th>
                    <th scope="col">Keeps prompts</th>
                    <th scope="col">
                      <span class="sr-only">Revoke</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {alive.map((key) => (
                    <KeyRow key={key.key_hash} value={key} onChanged={again} />
                  ))}
                </tbody>
              </table>
              {revoked.length > 0 && (
                <details>
                  <summary>Revoked keys</summary>
                  <ul class="plain-list">
                    {revoked.map((key) => (
                      <li key={key.key_hash}>
                        {key.label} <small>{originOf(key)}</small> <DeletePrompts value={key} name={key.label ?? ''} />
                      </li>
                    ))}
                  </ul>
                </details>
              )}
            </section>
          </>
        )}
      </main>
    </Frame>
  )
}

/** Makes a key and shows it, this once. */
function NewKey({ onMade }: { readonly onMade: () => Promise<void> }): JSX.Element {
  const form = useRef<HTMLFormElement>(null)
  const made = useSignal<KeyMade | null>(null)
  const shown = useRef<HTMLInputElement>(null)
  useEffect(() => shown.current?.select(), [made.value])
  const make = (data: FormData): Promise<boolean> =>
    attempt(async () => {
      const body = { label: String(data.get('label')), collect: data.get('collect') !== null }
      made.value = await call<KeyMade>('POST', 'keys', { body })
      form.current?.reset()
      announce('The key is made and shown now, only this once.')
      await onMade()
    })
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(made.value?.key ?? '')
      notify('The key is copied.')
    } catch {
      shown.current?.select()
      notify('The browser does not let this page copy; the key is selected, copy it with Ctrl+C.', { tone: 'problem' })
    }
  }
  return (
    <section class="part" aria-label="New key">
      <h2>New key</h2>
      <form
        ref={form}
        class="stack"
        onSubmit={(event) => {
          event.preventDefault()
          void make(new FormData(event.currentTarget))
        }}
      >
        <label>
          Name
          <input name="label" required maxLength={200} placeholder="Who or what it is for" />
        </label>
        <label class="check">
          <input name="collect" type="checkbox" />
          Its users have consented that their prompts are kept for training
        </label>
        <button type="submit" class="button main-button">
          Make a key
        </button>
      </form>
      {made.value !== null && (
        <div class="made-key">
          <label>
            The key “{made.value.label}”. Copy it now: it is stored as a hash only and cannot be shown again.
            <input
              ref={shown}
              readOnly
              spellcheck={false}
              value={made.value.key}
              onFocus={(event) => event.currentTarget.select()}
            />
          </label>
          <div class="actions">
            <button type="button" class="button main-button" onClick={() => void copy()}>
              Copy
            </button>
            <button type="button" class="button" onClick={() => (made.value = null)}>
              I have it
            </button>
          </div>
        </div>
      )}
    </section>
  )
}

function KeyRow({
  value,
  onChanged,
}: {
  readonly value: KeyObject
  readonly onChanged: () => Promise<void>
}): JSX.Element {
  const name =
    value.label ?? (value.source === 'local' ? 'This machine, without a key' : `Key ${value.key_hash.slice(0, 8)}`)
  const set = async (change: { readonly label?: string; readonly collect?: boolean }): Promise<void> => {
    const body = { key_hash: value.key_hash, label: name, collect: value.collect, ...change }
    await attempt(() => call('PUT', 'key-consents', { body }))
    await onChanged()
  }
  return (
    <tr>
      <td>
        <input
          key={name}
          aria-label={`Name of ${name}`}
          maxLength={200}
          defaultValue={name}
          onChange={(event) => {
            const label = event.currentTarget.value.trim()
            if (label === '') event.currentTarget.value = name
            else void set({ label })
          }}
        />
        <small>{originOf(value)}</small>
      </td>
      <td>
        <input
          type="checkbox"
          aria-label={`Keep prompts of ${name}`}
          checked={value.collect}
          onChange={(event) => void set({ collect: event.currentTarget.checked })}
        />
      </td>
      <td>
        {value.source === 'issued' && (
          <ConfirmButton
            label="Revoke"
            name={name}
            question="Revoke this key?"
            consequence="will open nothing any more, at once and for good. Prompts that were kept stay until you delete them."
            onConfirm={() =>
              void attempt(() => call('DELETE', `keys/${value.key_hash}`), 'The key is revoked.').then(onChanged)
            }
          />
        )}
        {!value.collect && value.updated_at !== null && <DeletePrompts value={value} name={name} />}
      </td>
    </tr>
  )
}

/** Deletes what was kept of a key that keeps nothing any more. */
function DeletePrompts({ value, name }: { readonly value: KeyObject; readonly name: string }): JSX.Element {
  const remove = async (): Promise<void> => {
    await attempt(async () => {
      const { deleted, items } = await call<{ deleted: number; items: number }>(
        'DELETE',
        `keys/${value.key_hash}/prompts`,
      )
      const stay = items === 0 ? '' : ` ${count(items, 'item')} that projects have made of them stay there.`
      notify(`${count(deleted, 'prompt')} deleted.${stay}`)
    })
  }
  return (
    <ConfirmButton
      label="Delete its prompts"
      name={name}
      question="Delete the prompts of this key?"
      consequence="has sent prompts that were kept. They are deleted for good; items that projects have made of them stay there."
      onConfirm={() => void remove()}
    />
  )
}

/** Where a key comes from, and how one knows it again. */
function originOf({ source, hint, issued_at, revoked_at }: KeyObject): string {
  const day = (time: string): string => new Date(time).toLocaleDateString()
  if (revoked_at !== null) return `ended in ${hint}, revoked ${day(revoked_at)}`
  switch (source) {
    case 'issued':
      return `ends in ${hint}${issued_at === null ? '' : `, made ${day(issued_at)}`}`
    case 'configured':
      return 'in the settings of the server'
    case 'local':
      return 'requests that carry no key'
    case 'other':
      return 'not among the keys of this server'
  }
}
