import type { ComponentChildren, JSX } from 'preact'
import { useId } from 'preact/hooks'
import { choose, model, models, type Settings, settings } from '../store/settings.ts'
import { refreshModels } from '../talk/answer.ts'
import { closeDialog, dialog } from '../talk/navigation.ts'
import { notify } from '../talk/notices.ts'
import { failureInfo } from '../wire/failure.ts'
import { Modal } from './modal.tsx'

/** What the user can choose. */
export function SettingsDialog(): JSX.Element | null {
  if (dialog.value !== 'settings') return null
  return (
    <Modal title="Settings" onClose={() => closeDialog('settings')}>
      <ModelField />
      <TemperatureField />
      <SeedField />
      <ThemeField />
      <Toggle
        name="transcribe"
        label="Write down what I say in live conversations"
        hint="Costs the machine some time after each turn."
      />
      <Toggle name="letterKeys" label="Single letters are shortcuts" hint="Press ? for the list." />
      <KeyField />
    </Modal>
  )
}

function Field(props: {
  readonly id: string
  readonly label: string
  readonly hint?: string
  readonly children: ComponentChildren
}): JSX.Element {
  return (
    <div class="field">
      <label for={props.id}>{props.label}</label>
      <div class="field-input">{props.children}</div>
      {props.hint !== undefined && <small id={`${props.id}-hint`}>{props.hint}</small>}
    </div>
  )
}

function ModelField(): JSX.Element {
  const id = useId()
  const list = models.value ?? []
  const chosen = model.value
  const size =
    chosen === undefined
      ? ''
      : `${(chosen.parameters / 1e6).toFixed(0)} million parameters, remembers ${chosen.context_length} positions.`
  return (
    <Field id={id} label="Model" hint={chosen === undefined ? 'The server has not answered yet.' : size}>
      <select
        id={id}
        aria-describedby={`${id}-hint`}
        value={chosen?.id ?? ''}
        disabled={list.length === 0}
        onChange={(event) => choose({ model: event.currentTarget.value })}
      >
        {list.map((one) => (
          <option key={one.id} value={one.id}>
            {one.id}
          </option>
        ))}
      </select>
    </Field>
  )
}

function TemperatureField(): JSX.Element {
  const id = useId()
  const { temperature } = settings.value
  return (
    <Field id={id} label="Temperature" hint="0 always takes the likeliest next word; higher is freer.">
      <label class="check">
        <input
          type="checkbox"
          checked={temperature === null}
          onChange={(event) => choose({ temperature: event.currentTarget.checked ? null : 0.7 })}
        />
        The model's own
      </label>
      <input
        id={id}
        type="range"
        min="0"
        max="1.5"
        step="0.05"
        aria-describedby={`${id}-hint`}
        disabled={temperature === null}
        value={temperature ?? 0}
        onInput={(event) => choose({ temperature: event.currentTarget.valueAsNumber })}
      />
      {temperature !== null && <output>{temperature.toFixed(2)}</output>}
    </Field>
  )
}

function SeedField(): JSX.Element {
  const id = useId()
  return (
    <Field id={id} label="Seed" hint="Same seed, same answer. Empty: a new one each time.">
      <input
        id={id}
        type="number"
        step="1"
        inputMode="numeric"
        placeholder="random"
        aria-describedby={`${id}-hint`}
        value={settings.value.seed ?? ''}
        onInput={(event) => {
          const { valueAsNumber } = event.currentTarget
          choose({ seed: Number.isSafeInteger(valueAsNumber) ? valueAsNumber : null })
        }}
      />
    </Field>
  )
}

const themes: readonly (readonly [Settings['theme'], string])[] = [
  ['system', 'As the system'],
  ['light', 'Light'],
  ['dark', 'Dark'],
]

function ThemeField(): JSX.Element {
  return (
    <fieldset class="field">
      <legend>Colours</legend>
      <div class="field-input">
        {themes.map(([theme, label]) => (
          <label class="check" key={theme}>
            <input
              type="radio"
              name="theme"
              checked={settings.value.theme === theme}
              onChange={() => choose({ theme })}
            />
            {label}
          </label>
        ))}
      </div>
    </fieldset>
  )
}

function Toggle(props: {
  readonly name: 'transcribe' | 'letterKeys'
  readonly label: string
  readonly hint: string
}): JSX.Element {
  const { name, label, hint } = props
  return (
    <div class="field field-toggle">
      <label class="check">
        <input
          type="checkbox"
          checked={settings.value[name]}
          onChange={(event) => choose({ [name]: event.currentTarget.checked })}
        />
        {label}
      </label>
      <small>{hint}</small>
    </div>
  )
}

function KeyField(): JSX.Element {
  const id = useId()
  const check = async (): Promise<void> => {
    try {
      await refreshModels()
    } catch (error) {
      notify(failureInfo(error).message, { tone: 'problem' })
    }
  }
  return (
    <Field id={id} label="API key" hint="Only if the server asks for one. It is kept in this browser.">
      <input
        id={id}
        type="password"
        autoComplete="off"
        spellcheck={false}
        aria-describedby={`${id}-hint`}
        value={settings.value.apiKey}
        onChange={(event) => {
          choose({ apiKey: event.currentTarget.value.trim() })
          void check()
        }}
      />
    </Field>
  )
}
