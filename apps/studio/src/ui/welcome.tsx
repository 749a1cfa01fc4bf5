import type { JSX } from 'preact'
import { model } from '../store/settings.ts'
import { ask } from '../talk/answer.ts'
import { startLive } from '../talk/live.ts'
import { Icon, type IconName, Mark } from './icons.tsx'

interface Suggestion {
  readonly icon: IconName
  readonly title: string
  readonly detail: string
  readonly needs: 'text' | 'image' | 'audio'
  readonly run: () => void
}

const say = (text: string): void => void ask([{ kind: 'text', text }])

const suggestions: readonly Suggestion[] = [
  {
    icon: 'live',
    title: 'Talk with Tony',
    detail: 'Hands free; interrupt at any time',
    needs: 'audio',
    run: () => void startLive(),
  },
  {
    icon: 'attach',
    title: 'Show a picture',
    detail: 'and ask what it is',
    needs: 'text',
    run: () => document.getElementById('files')?.click(),
  },
  {
    icon: 'speaker',
    title: 'Say: good morning, my friend',
    detail: 'Tony repeats it aloud',
    needs: 'audio',
    run: () => say('Say: good morning, my friend'),
  },
  {
    icon: 'rename',
    title: 'Draw: a red apple',
    detail: 'Tony paints it from scratch',
    needs: 'image',
    run: () => say('Draw: a red apple'),
  },
]

/** What a new conversation shows. */
export function Welcome(): JSX.Element {
  const output = model.value?.output_modalities ?? ['text', 'audio', 'image']
  return (
    <div class="welcome">
      <Mark />
      <p class="welcome-title">Good to see you.</p>
      <p class="welcome-text">
        Speak, type, or show something. One small network hears, sees, speaks and draws, and it runs on the machine that
        serves this page.
      </p>
      <ul class="suggestions">
        {suggestions
          .filter(({ needs }) => output.includes(needs))
          .map(({ icon, title, detail, run }) => (
            <li key={title}>
              <button type="button" onClick={run}>
                <Icon name={icon} />
                <span>
                  <b>{title}</b>
                  <small>{detail}</small>
                </span>
              </button>
            </li>
          ))}
      </ul>
    </div>
  )
}
