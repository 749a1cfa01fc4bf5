/** @file What the user has chosen, kept in localStorage. */
import { computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import type { ModelObject } from '@tony/server/protocol'

/** The user's choices. */
export interface Settings {
  /** Empty: the server's first model. */
  readonly model: string
  /** Answers are spoken too. */
  readonly speech: boolean
  /** Null: the model's own. */
  readonly temperature: number | null
  readonly seed: number | null
  readonly theme: 'system' | 'light' | 'dark'
  /** Live conversations show what the user said in writing. */
  readonly transcribe: boolean
  /** Single letters work as shortcuts outside text fields. */
  readonly letterKeys: boolean
  /** Keys of the labeling pages that the user chose: by what they do, as label/keys.ts names chords. */
  readonly keys: Readonly<Record<string, string>>
  readonly apiKey: string
}

const KEY = 'tony.settings'

/** What a new user gets. */
export const defaultSettings: Settings = {
  model: '',
  speech: true,
  temperature: null,
  seed: null,
  theme: 'system',
  transcribe: true,
  letterKeys: true,
  keys: {},
  apiKey: '',
}

/** The choices now. */
export const settings: Signal<Settings> = signal(parseSettings(read()))

/** The server's models; null until it has answered. */
export const models: Signal<readonly ModelObject[] | null> = signal(null)

/** The model that is asked. */
export const model: ReadonlySignal<ModelObject | undefined> = computed(
  () => models.value?.find((candidate) => candidate.id === settings.value.model) ?? models.value?.[0],
)

/** Changes some choices. */
export function choose(change: Partial<Settings>): void {
  settings.value = { ...settings.value, ...change }
}

/** Choices from a stored text; what is missing or of the wrong type is the default. */
export function parseSettings(text: string | null): Settings {
  let stored: unknown
  try {
    stored = JSON.parse(text ?? '{}')
  } catch {
    stored = {}
  }
  const from: Record<string, unknown> = typeof stored === 'object' && stored !== null ? { ...stored } : {}
  const flag = (name: 'speech' | 'transcribe' | 'letterKeys'): boolean => {
    const value = from[name]
    return typeof value === 'boolean' ? value : defaultSettings[name]
  }
  const number = (name: string): number | null => {
    const value = from[name]
    return typeof value === 'number' && Number.isFinite(value) ? value : null
  }
  const word = (name: string): string => {
    const value = from[name]
    return typeof value === 'string' ? value : ''
  }
  const theme = word('theme')
  return {
    model: word('model'),
    speech: flag('speech'),
    temperature: number('temperature'),
    seed: number('seed'),
    theme: theme === 'light' || theme === 'dark' ? theme : 'system',
    transcribe: flag('transcribe'),
    letterKeys: flag('letterKeys'),
    keys: parseKeys(from['keys']),
    apiKey: word('apiKey'),
  }
}

function parseKeys(stored: unknown): Settings['keys'] {
  if (typeof stored !== 'object' || stored === null) return {}
  return Object.fromEntries(
    Object.entries(stored).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

/** Keeps the choices and shows the theme; call once. */
export function keepSettings(): void {
  effect(() => {
    try {
      localStorage.setItem(KEY, JSON.stringify(settings.value))
    } catch {
      // Without storage the choices last as long as the page.
    }
    const { theme } = settings.value
    if (theme === 'system') delete document.documentElement.dataset['theme']
    else document.documentElement.dataset['theme'] = theme
  })
}

function read(): string | null {
  try {
    return localStorage.getItem(KEY)
  } catch {
    return null
  }
}
