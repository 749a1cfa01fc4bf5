import { render } from 'preact'
import './styles/base.css'
import './styles/layout.css'
import './styles/conversation.css'
import './styles/composer.css'
import './styles/dialog.css'
import { App } from './app.tsx'
import { conversations } from './store/conversations.ts'
import { openDatabase } from './store/database.ts'
import { keepSettings } from './store/settings.ts'
import { refreshModels } from './talk/answer.ts'
import { followAddress } from './talk/navigation.ts'
import { notify } from './talk/notices.ts'
import { failureInfo } from './wire/failure.ts'

const labeling = (): boolean => location.hash.startsWith('#/label')

keepSettings()
const root = document.getElementById('app')
if (root !== null) void (labeling() ? label(root) : talk(root))

async function talk(page: HTMLElement): Promise<void> {
  render(<App />, page)
  reloadBetween(false)
  void meetServer()
  await begin()
}

/** The labeling pages are a page of their own, which conversations do not load. */
async function label(page: HTMLElement): Promise<void> {
  reloadBetween(true)
  const { startLabeling } = await import('./label/start.tsx')
  startLabeling(page)
}

/** Whoever leaves one for the other begins anew; nobody else hears of that change of the address. */
function reloadBetween(here: boolean): void {
  addEventListener('hashchange', (event) => {
    if (labeling() === here) return
    event.stopImmediatePropagation()
    location.reload()
  })
}

async function begin(): Promise<void> {
  await conversations.load(await openDatabase())
  await followAddress()
}

async function meetServer(): Promise<void> {
  try {
    await refreshModels()
  } catch (error) {
    notify(failureInfo(error).message, {
      tone: 'problem',
      action: { label: 'Try again', run: () => void meetServer() },
    })
  }
}
