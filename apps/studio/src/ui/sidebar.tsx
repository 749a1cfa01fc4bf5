import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { conversations } from '../store/conversations.ts'
import { choose, settings } from '../store/settings.ts'
import { groupByDay } from '../store/types.ts'
import { closeDrawer, drawerOpen, openConversation, openDialog } from '../talk/navigation.ts'
import { Icon, IconButton, Mark } from './icons.tsx'

/** The list of conversations; on phones it lies over the page. */
export function Sidebar(): JSX.Element {
  const open = drawerOpen.value
  const sidebar = useRef<HTMLElement>(null)
  useEffect(() => {
    if (open) sidebar.current?.querySelector('button')?.focus()
  }, [open])
  return (
    <>
      {open && <button type="button" class="scrim" aria-label="Close the list" onClick={closeDrawer} />}
      <aside ref={sidebar} class={open ? 'sidebar open' : 'sidebar'} id="sidebar" aria-label="Conversations">
        <div class="brand">
          <Mark />
          <span>Tony</span>
          <IconButton icon="close" label="Close the list" class="only-phone" onClick={closeDrawer} />
        </div>
        <button type="button" class="new" onClick={() => void openConversation(null)}>
          <Icon name="plus" />
          New conversation
        </button>
        <ConversationList />
        <div class="sidebar-foot">
          <IconButton icon="settings" label="Settings" onClick={() => openDialog('settings')} />
          <IconButton icon="help" label="Keyboard shortcuts" onClick={() => openDialog('shortcuts')} />
          <ThemeButton />
          <a class="icon-button to-labels" href="#/label" aria-label="Teach Tony" title="Teach Tony">
            <Icon name="rank" />
          </a>
        </div>
      </aside>
    </>
  )
}

function ConversationList(): JSX.Element {
  const list = conversations.list.value
  if (list.length === 0) return <p class="list-empty">Conversations appear here. They stay in this browser.</p>
  return (
    <nav class="list" aria-label="Conversations">
      {groupByDay(list, Date.now()).map(([day, group]) => (
        <section key={day}>
          <h2>{day}</h2>
          <ul>
            {group.map(({ id, title }) => (
              <li key={id}>
                <button
                  type="button"
                  aria-current={id === conversations.current.value ? 'page' : undefined}
                  title={title}
                  onClick={() => void openConversation(id)}
                >
                  {title}
                </button>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </nav>
  )
}

function ThemeButton(): JSX.Element {
  const dark = isDark()
  return (
    <IconButton icon={dark ? 'sun' : 'moon'} label={dark ? 'Light colours' : 'Dark colours'} onClick={toggleTheme} />
  )
}

/** Changes between light and dark. */
export function toggleTheme(): void {
  choose({ theme: isDark() ? 'light' : 'dark' })
}

function isDark(): boolean {
  const { theme } = settings.value
  return theme === 'system' ? matchMedia('(prefers-color-scheme: dark)').matches : theme === 'dark'
}
