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

keepSettings()
const root = document.getElementById('app')
if (root !== null) render(<App />, root)

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

void begin()
void meetServer()
